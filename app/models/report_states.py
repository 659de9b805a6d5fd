"""How a report moves from the door to the file."""

from enum import StrEnum

from app.models.machine import Machine
from app.models.raw_report import ReportState

RECEIVED, SETTLED, REVIEW, DISMISSED = ReportState


class ReportEvent(StrEnum):
    """What happens to a report."""

    SETTLE = "settle"
    PUZZLE = "puzzle"
    DISMISS = "dismiss"


REPORT = Machine(
    "report",
    {
        (RECEIVED, ReportEvent.SETTLE): SETTLED,
        # nobody can say whom it is about, or what it is: for a person to look at
        (RECEIVED, ReportEvent.PUZZLE): REVIEW,
        (REVIEW, ReportEvent.DISMISS): DISMISSED,
    },
)
