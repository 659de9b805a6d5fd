"""Guard the sign-up form: times under attack, and addresses of roles that wait for staff."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "signup_attacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("usual", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signup_attacks")),
    )
    op.create_index(
        "uq_signup_attacks_open",
        "signup_attacks",
        [sa.text("(ended_at IS NULL)")],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "signup_approvals",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("consent_event_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("is_approved", sa.Boolean()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.CheckConstraint("(is_approved IS NULL) = (decided_at IS NULL)", name=op.f("ck_signup_approvals_decided_at")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            ondelete="CASCADE",
            name=op.f("fk_signup_approvals_subscriber_id_subscribers"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_event_id"],
            ["consent_events.id"],
            ondelete="CASCADE",
            name=op.f("fk_signup_approvals_consent_event_id_consent_events"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["staff_members.id"],
            ondelete="SET NULL",
            name=op.f("fk_signup_approvals_decided_by_id_staff_members"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signup_approvals")),
    )
    op.create_index("ix_signup_approvals_subscriber_id", "signup_approvals", ["subscriber_id"])
    op.create_index(
        "uq_signup_approvals_open",
        "signup_approvals",
        ["subscriber_id"],
        unique=True,
        postgresql_where="decided_at IS NULL",
    )


def downgrade():
    op.drop_table("signup_approvals")
    op.drop_table("signup_attacks")
