"""The engine: no batches, what is needed for undo, schedules, unknown mail, several relays, held providers, names."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITING = "state IN ('queued', 'deferred')"
KEEPING_TRIGGERS = """
CREATE FUNCTION check_added_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lost bigint;
BEGIN
    -- from here until the commit no reader or campaign can go; EXECUTE, for one row and a million want different plans
    IF EXISTS (SELECT FROM added WHERE campaign_id IS NOT NULL) THEN
        PERFORM pg_advisory_xact_lock_shared(1668246893, 1);
    END IF;
    EXECUTE 'SELECT FROM subscribers WHERE id IN (SELECT subscriber_id FROM added WHERE campaign_id IS NULL)
        FOR KEY SHARE';
    EXECUTE 'SELECT subscriber_id FROM added WHERE NOT EXISTS
        (SELECT FROM subscribers s WHERE s.id = added.subscriber_id) LIMIT 1' INTO lost;
    IF lost IS NOT NULL THEN
        RAISE foreign_key_violation USING MESSAGE = format('there is no subscriber %s to deliver to', lost);
    END IF;
    EXECUTE 'SELECT campaign_id FROM added WHERE campaign_id IS NOT NULL AND NOT EXISTS
        (SELECT FROM campaigns c WHERE c.id = added.campaign_id) LIMIT 1' INTO lost;
    IF lost IS NOT NULL THEN
        RAISE foreign_key_violation USING MESSAGE = format('there is no campaign %s to deliver', lost);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER deliveries_check_added AFTER INSERT ON deliveries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_added_deliveries();

CREATE FUNCTION refuse_new_whereabouts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a delivery keeps its subscriber and its campaign';
END $$;
CREATE TRIGGER deliveries_keep_whose BEFORE UPDATE OF subscriber_id, campaign_id ON deliveries FOR EACH ROW
    WHEN ((OLD.subscriber_id, OLD.campaign_id) IS DISTINCT FROM (NEW.subscriber_id, NEW.campaign_id))
    EXECUTE FUNCTION refuse_new_whereabouts();

CREATE FUNCTION keep_what_is_in_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_used boolean;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        SELECT EXISTS (SELECT FROM deliveries) INTO is_used;
    ELSE
        PERFORM pg_advisory_xact_lock(1668246893, 1);
        EXECUTE format('SELECT EXISTS (SELECT FROM deliveries WHERE %I = $1)', TG_ARGV[0]) INTO is_used USING OLD.id;
    END IF;
    IF is_used THEN
        RAISE foreign_key_violation USING MESSAGE = format('the ledger still names these rows of %s', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER subscribers_in_ledger AFTER DELETE OR UPDATE OF id ON subscribers
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_in_the_ledger('subscriber_id');
CREATE TRIGGER subscribers_in_ledger_truncate AFTER TRUNCATE ON subscribers
    FOR EACH STATEMENT EXECUTE FUNCTION keep_what_is_in_the_ledger();
CREATE TRIGGER campaigns_in_ledger AFTER DELETE OR UPDATE OF id ON campaigns
    FOR EACH ROW EXECUTE FUNCTION keep_what_is_in_the_ledger('campaign_id');
CREATE TRIGGER campaigns_in_ledger_truncate AFTER TRUNCATE ON campaigns
    FOR EACH STATEMENT EXECUTE FUNCTION keep_what_is_in_the_ledger();
"""
NO_TRIGGERS = """
DROP TRIGGER deliveries_check_added ON deliveries;
DROP TRIGGER deliveries_keep_whose ON deliveries;
DROP TRIGGER subscribers_in_ledger ON subscribers;
DROP TRIGGER subscribers_in_ledger_truncate ON subscribers;
DROP TRIGGER campaigns_in_ledger ON campaigns;
DROP TRIGGER campaigns_in_ledger_truncate ON campaigns;
DROP FUNCTION check_added_deliveries();
DROP FUNCTION refuse_new_whereabouts();
DROP FUNCTION keep_what_is_in_the_ledger();
"""
REFERRED = {"subscriber_id": "subscribers", "campaign_id": "campaigns"}


def upgrade():
    _leave_batches()
    _extend_ledger()
    for name in ("first_name", "last_name"):
        op.add_column("subscribers", sa.Column(name, sa.String(length=80), server_default="", nullable=False))
    for name in ("scheduled_for", "begins_at"):
        op.add_column("campaigns", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    policy = sa.Enum("resend", "hold", name="unknown_policy", native_enum=False, create_constraint=True, length=20)
    op.add_column("campaigns", sa.Column("unknown_policy", policy, nullable=True))
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "provider_holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.String(length=255), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_provider_holds_campaign_id_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_holds")),
    )
    op.create_index(
        "uq_provider_holds_campaign_id_provider",
        "provider_holds",
        ["campaign_id", "provider"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    for column, table in REFERRED.items():
        op.drop_constraint(op.f(f"fk_deliveries_{column}_{table}"), "deliveries", type_="foreignkey")
    op.execute(KEEPING_TRIGGERS)


def _leave_batches():
    op.drop_index("ix_deliveries_batch_due", table_name="deliveries")
    op.drop_constraint(op.f("ck_deliveries_batch"), "deliveries", type_="check")
    op.drop_column("deliveries", "batch_id")
    op.drop_table("batches")


def _extend_ledger():
    op.drop_constraint(op.f("uq_deliveries_message_key"), "deliveries", type_="unique")
    op.drop_constraint(op.f("uq_deliveries_campaign_id_subscriber_id"), "deliveries", type_="unique")
    op.drop_index("ix_deliveries_subscriber_id", table_name="deliveries")
    op.create_unique_constraint(
        op.f("uq_deliveries_subscriber_id_campaign_id"), "deliveries", ["subscriber_id", "campaign_id"]
    )
    for name in ("first_name", "last_name"):
        op.add_column("deliveries", sa.Column(name, sa.String(length=80), nullable=True))
    op.add_column("deliveries", sa.Column("reply_class", sa.String(length=12), nullable=True))
    op.add_column("deliveries", sa.Column("relay", sa.String(length=60), nullable=True))
    op.add_column("deliveries", sa.Column("unknown_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("resent_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE deliveries SET unknown_since = coalesce(lease_until, dated, created_at) WHERE state = 'unknown'")
    op.create_check_constraint(
        op.f("ck_deliveries_unknown_since"), "deliveries", "state <> 'unknown' OR unknown_since IS NOT NULL"
    )
    op.create_index("ix_deliveries_due", "deliveries", ["campaign_id", "id"], postgresql_where=WAITING)
    op.create_index(
        "ix_deliveries_retry", "deliveries", ["campaign_id", "next_attempt_at"], postgresql_where="state = 'deferred'"
    )
    op.create_index(
        "ix_deliveries_resend",
        "deliveries",
        ["unknown_since"],
        postgresql_where="state = 'unknown' AND resent_at IS NULL",
    )
    op.create_index("ix_deliveries_resent", "deliveries", ["campaign_id"], postgresql_where="resent_at IS NOT NULL")
    op.create_index("ix_deliveries_sent_at", "deliveries", ["sent_at"], postgresql_using="brin")


def downgrade():
    op.execute(NO_TRIGGERS)
    for column, table in REFERRED.items():
        name = op.f(f"fk_deliveries_{column}_{table}")
        op.create_foreign_key(name, "deliveries", table, [column], ["id"], ondelete="RESTRICT")
    op.drop_table("provider_holds")
    op.drop_table("installation")
    for name in ("unknown_policy", "begins_at", "scheduled_for"):
        op.drop_column("campaigns", name)
    for name in ("last_name", "first_name"):
        op.drop_column("subscribers", name)
    _shorten_ledger()
    _return_batches()


def _shorten_ledger():
    for name in (
        "ix_deliveries_sent_at",
        "ix_deliveries_resent",
        "ix_deliveries_resend",
        "ix_deliveries_retry",
        "ix_deliveries_due",
    ):
        op.drop_index(name, table_name="deliveries")
    op.drop_constraint(op.f("ck_deliveries_unknown_since"), "deliveries", type_="check")
    for name in ("resent_at", "unknown_since", "relay", "reply_class", "last_name", "first_name"):
        op.drop_column("deliveries", name)
    op.drop_constraint(op.f("uq_deliveries_subscriber_id_campaign_id"), "deliveries", type_="unique")
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id", "id"])
    op.create_unique_constraint(
        op.f("uq_deliveries_campaign_id_subscriber_id"), "deliveries", ["campaign_id", "subscriber_id"]
    )
    op.create_unique_constraint(op.f("uq_deliveries_message_key"), "deliveries", ["message_key"])


def _return_batches():
    """One batch a campaign: enough for what was under way."""
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_batches_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_batches_campaign_id_number")),
    )
    op.execute(
        "INSERT INTO batches (campaign_id, number, size)"
        " SELECT campaign_id, 0, count(*) FROM deliveries WHERE campaign_id IS NOT NULL GROUP BY campaign_id"
    )
    op.add_column("deliveries", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE deliveries d SET batch_id = b.id FROM batches b WHERE b.campaign_id = d.campaign_id")
    op.create_check_constraint(op.f("ck_deliveries_batch"), "deliveries", "(campaign_id IS NULL) = (batch_id IS NULL)")
    op.create_foreign_key(
        op.f("fk_deliveries_batch_id_batches"), "deliveries", "batches", ["batch_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_index("ix_deliveries_batch_due", "deliveries", ["batch_id", "id"], postgresql_where=WAITING)
