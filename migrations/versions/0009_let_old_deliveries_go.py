"""Old deliveries forget whom they were to, and lines of imports are found by their person.

A delivery may have no reader any more, but never gets another one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

READER = "subscriber_id IS NOT NULL OR state NOT IN ('queued', 'sending', 'deferred')"
KEEPING = """
DROP TRIGGER deliveries_keep_whose ON deliveries;
CREATE TRIGGER deliveries_keep_whose BEFORE UPDATE OF subscriber_id, campaign_id ON deliveries FOR EACH ROW
    WHEN ((OLD.subscriber_id, OLD.campaign_id) IS DISTINCT FROM ({kept}, NEW.campaign_id))
    EXECUTE FUNCTION refuse_new_whereabouts();
"""


def upgrade():
    op.add_column("campaigns", sa.Column("left_before", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("deliveries", "subscriber_id", existing_type=sa.BigInteger(), nullable=True)
    op.create_check_constraint(op.f("ck_deliveries_reader"), "deliveries", READER)
    op.execute(KEEPING.format(kept="coalesce(NEW.subscriber_id, OLD.subscriber_id)"))
    op.create_index("ix_import_rows_whose", "import_rows", ["identity"], unique=False)


def downgrade():
    op.drop_index("ix_import_rows_whose", table_name="import_rows")
    op.execute("DELETE FROM deliveries WHERE subscriber_id IS NULL")
    op.execute(KEEPING.format(kept="NEW.subscriber_id"))
    op.drop_constraint(op.f("ck_deliveries_reader"), "deliveries", type_="check")
    op.alter_column("deliveries", "subscriber_id", existing_type=sa.BigInteger(), nullable=False)
    op.drop_column("campaigns", "left_before")
