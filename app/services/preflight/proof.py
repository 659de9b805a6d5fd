"""Whether somebody has had this very mail in their inbox before everybody gets it, in each of its languages."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.models import Letter, LetterKind, LetterState
from app.services.preflight.findings import Finding
from app.services.preflight.situation import Situation

_TITLE = "Test mail"
_MEND = "Send a test mail to yourself, and look at it on a telephone as well."
_UNDER_WAY = (LetterState.QUEUED, LetterState.SENDING)


def check(situation: Situation) -> Iterator[Finding]:
    """A warning for each language until a test mail of exactly this content was sent in it."""
    if not situation.content_hash:
        return
    tests = situation.session.scalars(
        select(Letter)
        .where(Letter.campaign_id == situation.campaign.id, Letter.kind == LetterKind.TEST)
        .order_by(Letter.id.desc())
    ).all()
    for reading in situation.readings:
        in_it = [letter for letter in tests if letter.language == reading.text.language]
        of_this = [letter for letter in in_it if letter.content_hash == situation.content_hash]
        if not any(letter.state is LetterState.SENT for letter in of_this):
            why = _why(in_it, of_this)
            yield Finding("test-mail", "warning", _TITLE, why, _MEND, "test", reading.label, about="unseen")


def _why(tests: Sequence[Letter], of_this: Sequence[Letter]) -> str:
    if any(letter.state in _UNDER_WAY for letter in of_this):
        return "A test mail is on its way; wait until it is there."
    if of_this:
        return f"The test mail did not arrive: {of_this[0].reply_text or 'nobody knows what became of it'}."
    if tests:
        return "Something was changed after the last test mail; nobody has seen it as it is now."
    return "Nobody has seen this as a mail yet."
