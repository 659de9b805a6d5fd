"""The rights of people: a consent log chained by hash, imports, pauses and erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHAIN = """
CREATE FUNCTION consent_digest(event consent_events) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(coalesce(event.previous_hash, '') || convert_to(concat_ws(chr(31),
        event.id, event.subscriber_id, event.kind, coalesce(array_to_string(event.topic_ids, ','), ''),
        coalesce(event.consent_text_id::text, ''), event.source, event.language, event.method,
        event.actor, coalesce(event.import_id::text, ''),
        to_char(event.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')), 'UTF8'))
$$;
CREATE FUNCTION chain_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT consent_head INTO NEW.previous_hash FROM subscribers WHERE id = NEW.subscriber_id FOR NO KEY UPDATE;
    NEW.hash := consent_digest(NEW);
    UPDATE subscribers SET consent_head = NEW.hash WHERE id = NEW.subscriber_id;
    RETURN NEW;
END $$;
"""
ADD_ONLY = """
DROP TRIGGER consent_events_add_only ON consent_events;
CREATE FUNCTION refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.network = '' THEN OLD.network := ''; END IF;
        IF NEW.detail = '' THEN OLD.detail := ''; END IF;
        IF NEW IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are added and never changed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER consent_events_add_only BEFORE UPDATE OR DELETE ON consent_events
    FOR EACH ROW EXECUTE FUNCTION refuse_consent_change();
"""
OLD_ADD_ONLY = """
DROP TRIGGER consent_events_add_only ON consent_events;
DROP FUNCTION refuse_consent_change();
CREATE TRIGGER consent_events_add_only BEFORE UPDATE OR DELETE ON consent_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
CHAIN_WHAT_IS_THERE = """
DO $$
DECLARE event consent_events;
BEGIN
    FOR event IN SELECT * FROM consent_events ORDER BY id LOOP
        SELECT consent_head INTO event.previous_hash FROM subscribers WHERE id = event.subscriber_id;
        event.hash := consent_digest(event);
        UPDATE consent_events SET previous_hash = event.previous_hash, hash = event.hash WHERE id = event.id;
        UPDATE subscribers SET consent_head = event.hash WHERE id = event.subscriber_id;
    END LOOP;
END $$;
"""
CHAINING = """
CREATE TRIGGER consent_events_chain BEFORE INSERT ON consent_events
    FOR EACH ROW EXECUTE FUNCTION chain_consent();
"""
UNCHAIN = """
DROP TRIGGER consent_events_chain ON consent_events;
DROP FUNCTION chain_consent();
DROP FUNCTION consent_digest(consent_events);
"""
OLD_KINDS = ("statement", "confirmation", "already_subscribed")
NEW_KINDS = (*OLD_KINDS, "preferences_link", "address_change", "address_changed")
OLD_STEPS = ("requested", "confirmed", "changed", "withdrawn", "refused", "imported")
NEW_STEPS = (*OLD_STEPS, "erased")


def upgrade():
    _add_imports()
    _add_columns()
    _allow("deliveries", NEW_KINDS)
    _allow("consent_events", NEW_STEPS)
    op.execute(CHAIN)
    op.execute("ALTER TABLE consent_events DISABLE TRIGGER consent_events_add_only")
    op.execute(CHAIN_WHAT_IS_THERE)
    op.execute(ADD_ONLY)
    op.execute(CHAINING)


def _allow(table, kinds):
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind IN ({words})")


def _add_imports():
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "reader",
            sa.Enum(
                "csv",
                "listmonk",
                "mailchimp",
                "mailman",
                name="reader",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "reading",
                "ready",
                "applying",
                "applied",
                "undoing",
                "undone",
                "discarded",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="uploaded",
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("topic_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("octets_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("added", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("applied", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["staff_members.id"],
            name=op.f("fk_imports_created_by_id_staff_members"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_pieces_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "place", name=op.f("pk_import_pieces")),
    )
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "added", "unchanged", "refused", name="verdict", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("local", sa.Text(), server_default="", nullable=False),
        sa.Column("domain", sa.Text(), server_default="", nullable=False),
        sa.Column("identity", sa.Text(), server_default="", nullable=False),
        sa.Column("address_hmac", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=12), server_default="", nullable=False),
        sa.Column("first_name", sa.String(length=80), server_default="", nullable=False),
        sa.Column("last_name", sa.String(length=80), server_default="", nullable=False),
        sa.CheckConstraint("(verdict = 'refused') = (reason <> '')", name=op.f("ck_import_rows_reason")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_rows_identity", "import_rows", ["import_id", "identity"], unique=False)
    op.create_index("ix_import_rows_verdict", "import_rows", ["import_id", "verdict", "line"], unique=False)


def _add_columns():
    op.add_column("consent_events", sa.Column("method", sa.String(length=40), server_default="", nullable=False))
    op.add_column(
        "consent_events", sa.Column("actor", sa.String(length=40), server_default="subscriber", nullable=False)
    )
    op.add_column("consent_events", sa.Column("detail", sa.Text(), server_default="", nullable=False))
    op.add_column("consent_events", sa.Column("import_id", sa.BigInteger(), nullable=True))
    op.add_column("consent_events", sa.Column("previous_hash", sa.LargeBinary(), nullable=True))
    op.add_column("consent_events", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.create_foreign_key(
        op.f("fk_consent_events_import_id_imports"),
        "consent_events",
        "imports",
        ["import_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.add_column("subscribers", sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscribers", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscribers", sa.Column("import_id", sa.BigInteger(), nullable=True))
    op.add_column("subscribers", sa.Column("consent_head", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_subscribers_import_id", "subscribers", ["import_id"], unique=False, postgresql_where="import_id IS NOT NULL"
    )
    op.create_foreign_key(
        op.f("fk_subscribers_import_id_imports"), "subscribers", "imports", ["import_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("subscriptions", sa.Column("import_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_subscriptions_import_id_imports"),
        "subscriptions",
        "imports",
        ["import_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade():
    op.execute(UNCHAIN)
    op.execute(OLD_ADD_ONLY)
    _allow("consent_events", OLD_STEPS)
    _allow("deliveries", OLD_KINDS)
    op.drop_constraint(op.f("fk_subscriptions_import_id_imports"), "subscriptions", type_="foreignkey")
    op.drop_column("subscriptions", "import_id")
    op.drop_constraint(op.f("fk_subscribers_import_id_imports"), "subscribers", type_="foreignkey")
    op.drop_index("ix_subscribers_import_id", table_name="subscribers", postgresql_where="import_id IS NOT NULL")
    op.drop_column("subscribers", "consent_head")
    op.drop_column("subscribers", "import_id")
    op.drop_column("subscribers", "erased_at")
    op.drop_column("subscribers", "paused_until")
    op.drop_constraint(op.f("fk_consent_events_import_id_imports"), "consent_events", type_="foreignkey")
    op.drop_column("consent_events", "hash")
    op.drop_column("consent_events", "previous_hash")
    op.drop_column("consent_events", "import_id")
    op.drop_column("consent_events", "detail")
    op.drop_column("consent_events", "actor")
    op.drop_column("consent_events", "method")
    op.drop_index("ix_import_rows_verdict", table_name="import_rows")
    op.drop_index("ix_import_rows_identity", table_name="import_rows")
    op.drop_table("import_rows")
    op.drop_table("import_pieces")
    op.drop_table("imports")
