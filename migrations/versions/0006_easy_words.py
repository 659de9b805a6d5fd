"""Summaries in easy words, a note about a correction in each language, the language of a test mail."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

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


def downgrade():
    op.drop_column("letters", "language")
    op.drop_column("translations", "correction")
    for table in ("translations", "statements"):
        op.drop_column(table, "easy_summary")
