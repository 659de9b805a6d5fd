"""A new address: which subscription is on its way to which other address."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "address_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("old_subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("new_subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("request_event_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("old_subscriber_id <> new_subscriber_id", name=op.f("ck_address_changes_two_addresses")),
        sa.ForeignKeyConstraint(
            ["old_subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_address_changes_old_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["new_subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_address_changes_new_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_event_id"],
            ["consent_events.id"],
            name=op.f("fk_address_changes_request_event_id_consent_events"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
        sa.UniqueConstraint("request_event_id", name=op.f("uq_address_changes_request_event_id")),
    )
    op.create_index("ix_address_changes_old_subscriber_id", "address_changes", ["old_subscriber_id"], unique=False)
    op.create_index("ix_address_changes_new_subscriber_id", "address_changes", ["new_subscriber_id"], unique=False)


def downgrade():
    op.drop_index("ix_address_changes_new_subscriber_id", table_name="address_changes")
    op.drop_index("ix_address_changes_old_subscriber_id", table_name="address_changes")
    op.drop_table("address_changes")
