"""Merge fields without a word for readers whose name is unknown."""

from collections.abc import Iterator

from sqlalchemy import func

from app.mail.encoding import split_slots
from app.mail.merge_fields import MergeField, merge_field
from app.models import Subscriber
from app.services import audience
from app.services.preflight.findings import Finding, Level
from app.services.preflight.reading import Reading
from app.services.preflight.situation import Situation

_NAMES = {"first_name": Subscriber.first_name, "last_name": Subscriber.last_name}
_MEND = "Write it with words for everybody else, such as {{{{ {field} | friend }}}}, or so that it reads well without."


def check(situation: Situation) -> Iterator[Finding]:
    """A warning where such readers are among those who would get it, else a note."""
    missing: dict[str, int] = {}
    for reading in situation.readings:
        for field in dict.fromkeys(_without_fallback(reading)):
            if field not in missing:
                missing[field] = _nameless(situation, field)
            level: Level = "warning" if missing[field] else "note"
            words = f"{{{{ {field} }}}} leaves a gap for readers who gave no such name"
            words += (
                f": {missing[field]:,} of {situation.people:,}." if missing[field] else "; at present there are none."
            )
            yield Finding(
                "merge-field",
                level,
                "Names of readers",
                words,
                _MEND.format(field=field),
                "body",
                reading.label,
                about=f"{field} {level}",
            )


def _without_fallback(reading: Reading) -> Iterator[str]:
    for text in (reading.edition.subject, reading.edition.html):
        fields: list[MergeField | None] = [merge_field(name) for name in split_slots(text)[1::2]]
        yield from (field.name for field in fields if field and field.name in _NAMES and not field.fallback)


def _nameless(situation: Situation, field: str) -> int:
    query = audience.eligible(situation.whom, func.count(Subscriber.id)).where(_NAMES[field] == "")
    return situation.session.scalar(query) or 0
