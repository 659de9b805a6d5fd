"""How a statement moves. The public sees what is published; a withdrawn one keeps its address, which says so."""

from enum import StrEnum

from app.models.machine import Machine
from app.models.statement import StatementState

DRAFT, PUBLISHED, WITHDRAWN = StatementState


class StatementEvent(StrEnum):
    """What happens to a statement."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"


STATEMENT = Machine(
    "statement",
    {
        (DRAFT, StatementEvent.PUBLISH): PUBLISHED,
        # a second press of the button
        (PUBLISHED, StatementEvent.PUBLISH): PUBLISHED,
        (WITHDRAWN, StatementEvent.PUBLISH): PUBLISHED,
        (PUBLISHED, StatementEvent.WITHDRAW): WITHDRAWN,
    },
)
