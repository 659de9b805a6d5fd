"""How an import moves from a file to subscribers, and back."""

from enum import StrEnum

from app.models.machine import Machine
from app.models.subscriber_import import ImportState

UPLOADED, READING, READY, APPLYING, APPLIED, UNDOING, UNDONE, DISCARDED, FAILED = ImportState


class ImportEvent(StrEnum):
    """What happens to an import."""

    READ = "read"
    JUDGE = "judge"
    APPLY = "apply"
    FINISH = "finish"
    UNDO = "undo"
    DISCARD = "discard"
    FAIL = "fail"


IMPORT = Machine(
    "import",
    {
        (UPLOADED, ImportEvent.READ): READING,
        (READING, ImportEvent.JUDGE): READY,
        (READING, ImportEvent.DISCARD): DISCARDED,
        (READY, ImportEvent.APPLY): APPLYING,
        (APPLYING, ImportEvent.FINISH): APPLIED,
        (APPLYING, ImportEvent.UNDO): UNDOING,
        (APPLIED, ImportEvent.UNDO): UNDOING,
        (UNDOING, ImportEvent.FINISH): UNDONE,
        (UPLOADED, ImportEvent.DISCARD): DISCARDED,
        (READY, ImportEvent.DISCARD): DISCARDED,
        (FAILED, ImportEvent.DISCARD): DISCARDED,
        (UPLOADED, ImportEvent.FAIL): FAILED,
        (READING, ImportEvent.FAIL): FAILED,
    },
)
