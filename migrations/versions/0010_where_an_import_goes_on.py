"""Where an import goes on after an interruption, and how many were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("imports", sa.Column("taken_back", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("imports", sa.Column("place", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("imports", sa.Column("section", sa.String(length=40), server_default="", nullable=False))


def downgrade():
    op.drop_column("imports", "section")
    op.drop_column("imports", "place")
    op.drop_column("imports", "taken_back")
