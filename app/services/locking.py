"""Holding a row while something is decided about it."""

from sqlalchemy.orm import Session

from app.models import Campaign, Statement


def read_afresh(session: Session, row: Campaign | Statement) -> None:
    """Lock a row until the commit and see it as it is now; what was changed here is written first, or it were lost."""
    session.flush()
    session.refresh(row, with_for_update=True)
