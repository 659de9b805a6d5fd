"""The way back: reports, what they say, and doubts about what is said of too many."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    _add_reports()
    _add_doubts()
    _add_columns()


def _add_reports():
    op.create_table(
        "raw_reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "listener",
                "mailbox",
                "pipe",
                "ses",
                "postmark",
                "sendgrid",
                "mailgun",
                "brevo",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "settled",
                "review",
                "dismissed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="received",
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.String(length=320), server_default="", nullable=False),
        sa.Column("sender", sa.String(length=320), server_default="", nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("understood_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_raw_reports_digest")),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"],
            ["staff_members.id"],
            name=op.f("fk_raw_reports_reviewed_by_id_staff_members"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_reports")),
        sa.UniqueConstraint("digest", name=op.f("uq_raw_reports_digest")),
    )
    op.create_index("ix_raw_reports_created_at", "raw_reports", ["created_at"], unique=False, postgresql_using="brin")
    op.create_index(
        "ix_raw_reports_received", "raw_reports", ["id"], unique=False, postgresql_where="state = 'received'"
    )
    op.create_index("ix_raw_reports_review", "raw_reports", ["id"], unique=False, postgresql_where="state = 'review'")
    op.create_table(
        "reported_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "listener",
                "mailbox",
                "pipe",
                "ses",
                "postmark",
                "sendgrid",
                "mailgun",
                "brevo",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "bounce",
                "delay",
                "delivered",
                "complaint",
                "not_spam",
                "auto_reply",
                "unsubscribe",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.String(length=255), server_default="", nullable=False),
        sa.Column("reply_code", sa.SmallInteger(), nullable=True),
        sa.Column("reply_enhanced", sa.String(length=12), nullable=True),
        sa.Column("reply_text", sa.Text(), server_default="", nullable=False),
        sa.Column("reply_class", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["raw_reports.id"], name=op.f("fk_reported_events_report_id_raw_reports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported_events")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_reported_events_source_key")),
    )
    op.create_index("ix_reported_events_created_at", "reported_events", ["created_at"], unique=False)
    op.create_index("ix_reported_events_delivery_id", "reported_events", ["delivery_id"], unique=False)
    op.create_index("ix_reported_events_report_id", "reported_events", ["report_id"], unique=False)


def _add_doubts():
    op.create_table(
        "doubts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=255), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("believe", "forgive", name="decision", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_doubts_decided_at")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_doubts_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["staff_members.id"],
            name=op.f("fk_doubts_decided_by_id_staff_members"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubts")),
        sa.UniqueConstraint("campaign_id", "provider", name=op.f("uq_doubts_campaign_id_provider")),
    )


def _add_columns():
    op.add_column("deliveries", sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("doubt_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_deliveries_came_back",
        "deliveries",
        ["dated"],
        unique=False,
        postgresql_where="state IN ('failed', 'bounced', 'complained')",
    )
    op.create_index(
        "ix_deliveries_doubt_id", "deliveries", ["doubt_id"], unique=False, postgresql_where="doubt_id IS NOT NULL"
    )
    op.create_index(
        "ix_deliveries_unconcluded",
        "deliveries",
        ["id"],
        unique=False,
        postgresql_where="state IN ('failed', 'bounced') AND concluded_at IS NULL",
    )
    op.create_index("ix_subscribers_domain", "subscribers", ["domain"], unique=False)


def downgrade():
    op.drop_index("ix_subscribers_domain", table_name="subscribers")
    op.drop_index("ix_deliveries_unconcluded", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_came_back",
        table_name="deliveries",
        postgresql_where="state IN ('failed', 'bounced', 'complained')",
    )
    op.drop_index("ix_deliveries_doubt_id", table_name="deliveries")
    op.drop_column("deliveries", "doubt_id")
    op.drop_column("deliveries", "concluded_at")
    op.drop_table("doubts")
    op.drop_table("reported_events")
    op.drop_table("raw_reports")
