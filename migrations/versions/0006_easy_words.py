"""Summaries in easy words, a correction said in each language, the language of a test mail, forms by their keys."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PLACE = ["staff_member_id", "statement_id", "language"]
KEPT_VERSIONS = """
UPDATE statement_versions SET content = content || '{"easy_summary": ""}'::jsonb || jsonb_build_object('translations',
    coalesce((SELECT jsonb_object_agg(key, value || '{"easy_summary": "", "correction": ""}'::jsonb)
              FROM jsonb_each(content->'translations')), '{}'::jsonb))
"""


def upgrade():
    for table in ("statements", "translations"):
        op.add_column(table, sa.Column("easy_summary", sa.Text(), server_default="", nullable=False))
    op.add_column("translations", sa.Column("correction", sa.Text(), server_default="", nullable=False))
    op.add_column("letters", sa.Column("language", sa.String(length=12), server_default="", nullable=False))
    op.execute(KEPT_VERSIONS)
    op.add_column("autosaves", sa.Column("key", sa.Uuid(), nullable=True))
    op.execute("UPDATE autosaves SET key = gen_random_uuid()")
    op.alter_column("autosaves", "key", nullable=False)
    _index_autosaves(PLACE, [*PLACE, "key"])


def _index_autosaves(before, after):
    op.drop_index(f"uq_autosaves_{'_'.join(before)}", table_name="autosaves")
    op.create_index(
        f"uq_autosaves_{'_'.join(after)}", "autosaves", after, unique=True, postgresql_nulls_not_distinct=True
    )


def downgrade():
    op.execute(
        "DELETE FROM autosaves old USING autosaves new WHERE old.id < new.id AND old.language = new.language "
        "AND old.staff_member_id = new.staff_member_id AND old.statement_id IS NOT DISTINCT FROM new.statement_id"
    )
    _index_autosaves([*PLACE, "key"], PLACE)
    op.drop_column("autosaves", "key")
    op.drop_column("letters", "language")
    op.drop_column("translations", "correction")
    for table in ("translations", "statements"):
        op.drop_column(table, "easy_summary")
