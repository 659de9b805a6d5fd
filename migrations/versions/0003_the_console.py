"""The console: roles, second factors, audit, mail to staff, versions and languages of statements, approval."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATES = ("draft", "published", "withdrawn")


def upgrade():
    _add_staff()
    _add_records()
    _add_statements()
    _add_campaigns()
    _allow_states(STATES)
    op.execute(
        "CREATE TRIGGER audit_entries_add_only BEFORE UPDATE OR DELETE ON audit_entries"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _allow_states(states):
    words = ", ".join(f"'{state}'" for state in states)
    op.drop_constraint(op.f("ck_statements_state"), "statements", type_="check")
    op.create_check_constraint(op.f("ck_statements_state"), "statements", f"state IN ({words})")


def _add_staff():
    op.create_table(
        "passkeys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_member_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_passkeys_staff_member_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index("ix_passkeys_staff_member_id", "passkeys", ["staff_member_id"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_member_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_recovery_codes_staff_member_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_staff_member_id", "recovery_codes", ["staff_member_id"], unique=False)
    op.create_table(
        "staff_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_member_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("invitation", "reset", name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_staff_links_staff_member_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_links")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_staff_links_key_hash")),
    )
    op.create_index("ix_staff_links_staff_member_id", "staff_links", ["staff_member_id"], unique=False)
    op.add_column(
        "staff_members",
        sa.Column(
            "role",
            sa.Enum(
                "viewer",
                "author",
                "approver",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="admin",
            nullable=False,
        ),
    )
    op.add_column("staff_members", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("staff_members", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column("staff_sessions", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff_sessions", sa.Column("is_complete", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("staff_sessions", sa.Column("network", sa.String(length=64), server_default="", nullable=False))


def _add_records():
    op.create_index("ix_consent_events_created_at", "consent_events", ["created_at"], postgresql_using="brin")
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_member_id", sa.BigInteger(), nullable=True),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"], unique=False)
    op.create_index(
        "ix_audit_entries_object_type_object_id", "audit_entries", ["object_type", "object_id"], unique=False
    )
    op.create_index("ix_audit_entries_staff_member_id", "audit_entries", ["staff_member_id"], unique=False)
    op.create_table(
        "site_settings",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["staff_members.id"],
            name=op.f("fk_site_settings_changed_by_id_staff_members"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site_settings")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "test",
                "invitation",
                "reset",
                "alert",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "failed",
                "unknown",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="queued",
            nullable=False,
        ),
        sa.Column("staff_member_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('queued', 'sending') OR content IS NOT NULL", name=op.f("ck_letters_content")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_letters_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_letters_staff_member_id_staff_members"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_campaign_id", "letters", ["campaign_id"], unique=False)
    op.create_index(
        "ix_letters_due", "letters", ["id"], unique=False, postgresql_where="state IN ('queued', 'sending')"
    )


def _add_statements():
    op.create_table(
        "autosaves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_member_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(length=12), server_default="", nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_autosaves_staff_member_id_staff_members"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_autosaves_statement_id_statements"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autosaves")),
    )
    op.create_index(
        "uq_autosaves_staff_member_id_statement_id_language",
        "autosaves",
        ["staff_member_id", "statement_id", "language"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "statement_versions",
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("saved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["saved_by_id"],
            ["staff_members.id"],
            name=op.f("fk_statement_versions_saved_by_id_staff_members"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statements.id"],
            name=op.f("fk_statement_versions_statement_id_statements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", "version", name=op.f("pk_statement_versions")),
    )
    op.create_table(
        "translations",
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("standfirst", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signatory_role", sa.String(length=200), nullable=False),
        sa.Column("contact_role", sa.String(length=200), nullable=False),
        sa.Column("image_alt", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_translations_title")),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statements.id"],
            name=op.f("fk_translations_statement_id_statements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", "language", name=op.f("pk_translations")),
    )
    op.add_column("statements", sa.Column("image_is_decorative", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("statements", sa.Column("correction", sa.Text(), server_default="", nullable=False))
    op.add_column("statements", sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("statements", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))


def _add_campaigns():
    op.create_table(
        "acknowledgements",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("check", sa.String(length=60), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_member_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_acknowledgements_campaign_id_campaigns"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_member_id"],
            ["staff_members.id"],
            name=op.f("fk_acknowledgements_staff_member_id_staff_members"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "check", name=op.f("pk_acknowledgements")),
    )
    op.create_table(
        "campaign_excluded_topics",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_excluded_topics_campaign_id_campaigns"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_campaign_excluded_topics_topic_id_topics"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "topic_id", name=op.f("pk_campaign_excluded_topics")),
    )
    op.add_column("campaigns", sa.Column("intro", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "campaigns", sa.Column("languages", sa.ARRAY(sa.String(length=12)), server_default="{}", nullable=False)
    )
    op.add_column("campaigns", sa.Column("excluded_campaign_id", sa.BigInteger(), nullable=True))
    op.add_column("campaigns", sa.Column("repeats_id", sa.BigInteger(), nullable=True))
    for name in ("sender", "reply_to"):
        op.add_column("editions", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("campaigns", sa.Column("edited_by_id", sa.BigInteger(), nullable=True))
    op.add_column("campaigns", sa.Column("submitted_by_id", sa.BigInteger(), nullable=True))
    op.add_column("campaigns", sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaigns", sa.Column("approved_by_id", sa.BigInteger(), nullable=True))
    op.add_column("campaigns", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaigns", sa.Column("approved_hash", sa.LargeBinary(), nullable=True))
    op.add_column("campaigns", sa.Column("review_note", sa.Text(), server_default="", nullable=False))
    op.create_foreign_key(
        op.f("fk_campaigns_repeats_id_campaigns"), "campaigns", "campaigns", ["repeats_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_foreign_key(
        op.f("fk_campaigns_excluded_campaign_id_campaigns"),
        "campaigns",
        "campaigns",
        ["excluded_campaign_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_campaigns_edited_by_id_staff_members"),
        "campaigns",
        "staff_members",
        ["edited_by_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_campaigns_submitted_by_id_staff_members"),
        "campaigns",
        "staff_members",
        ["submitted_by_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_campaigns_approved_by_id_staff_members"),
        "campaigns",
        "staff_members",
        ["approved_by_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("deliveries", sa.Column("language", sa.String(length=12), nullable=True))


COLUMNS = {
    "editions": ("sender", "reply_to"),
    "campaigns": (
        "intro",
        "languages",
        "excluded_campaign_id",
        "repeats_id",
        "edited_by_id",
        "submitted_by_id",
        "submitted_at",
        "approved_by_id",
        "approved_at",
        "approved_hash",
        "review_note",
    ),
    "deliveries": ("language",),
    "staff_members": ("role", "totp_secret", "totp_step"),
    "staff_sessions": ("proved_at", "is_complete", "network"),
    "statements": ("image_is_decorative", "correction", "corrected_at", "withdrawn_at"),
}
TABLES = (
    "audit_entries",
    "passkeys",
    "recovery_codes",
    "site_settings",
    "staff_links",
    "autosaves",
    "statement_versions",
    "translations",
    "acknowledgements",
    "campaign_excluded_topics",
    "letters",
)


def downgrade():
    """What was withdrawn is a draft again: nobody could see it, and nobody shall."""
    op.execute("UPDATE statements SET state = 'draft' WHERE state = 'withdrawn'")
    _allow_states(STATES[:2])
    op.drop_index("ix_consent_events_created_at", table_name="consent_events")
    for table, names in COLUMNS.items():
        for name in names:
            op.drop_column(table, name)
    for table in TABLES:
        op.drop_table(table)
