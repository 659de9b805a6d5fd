"""Publishing a statement, and withdrawing it from the public."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid
from app.models import CampaignState, Statement, StatementState
from app.models.statement_states import STATEMENT, StatementEvent
from app.services.outlook import unfinished
from app.services.statements import versions
from app.services.statements.content import unready
from app.services.statements.versions import Act

_UNDER_WAY = frozenset({CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.PAUSED})


def publish(session: Session, statement: Statement, now: datetime, *, author_id: int | None = None) -> None:
    """Show the statement to the public, for the first time or again; publishing it twice changes nothing.

    Raises Invalid if it is incomplete.
    """
    if problems := unready(statement.body, statement.topics):
        raise Invalid(*problems)
    if statement.state is not StatementState.PUBLISHED:
        versions.keep_unkept(session, statement)
        statement.state = STATEMENT.after(statement.state, StatementEvent.PUBLISH)
        statement.published_at = statement.published_at or now
        statement.withdrawn_at = None
        versions.count_save(session, statement, Act.PUBLISHED, author_id)


def withdraw(session: Session, statement: Statement, now: datetime, *, author_id: int | None = None) -> None:
    """Take the statement out of the archive and the feeds; its address says that it was withdrawn.

    Raises Conflict for what is not published, and while its mail is on the way to readers or waits to be.
    """
    after = STATEMENT.after(statement.state, StatementEvent.WITHDRAW)
    campaign = unfinished(session, statement)
    if campaign is not None and campaign.state in _UNDER_WAY:
        raise Conflict(
            "This statement is being sent, or is scheduled to be. Cancel that campaign first, so that nobody "
            "gets a mail whose page is gone."
        )
    versions.keep_unkept(session, statement)
    statement.state, statement.withdrawn_at = after, now
    versions.count_save(session, statement, Act.WITHDRAWN, author_id)
