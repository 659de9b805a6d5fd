"""How many readers there are: the number on the first page, which is asked for all the time."""

from sqlalchemy.orm import Session

from app.services import audience, topics
from app.services.short_memory import recall, remember
from app.settings import Settings

_LARGE = 100_000
_SECONDS = 60
_NAME = "readers"


def confirmed(session: Session, settings: Settings) -> int:
    """How many people a statement about all topics would reach.

    Counting a large list takes a second, so its number may be a minute old.
    """
    known = recall(settings, _NAME)
    if isinstance(known, int):
        return known
    number = audience.count(session, [topic.id for topic in topics.every(session)])
    if number >= _LARGE:
        remember(settings, _NAME, number, seconds=_SECONDS)
    return number
