"""The consent log: the exact words that were shown, and each step that a person took."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Sentence
from app.models import ConsentEvent, ConsentKind, ConsentText, Subscriber
from app.services.languages import subject_matter
from app.settings import Settings
from app.translations import SOURCE, languages, nearest, say

BY_STAFF = "staff"
"""The source of a step that staff took for somebody who asked them to; its detail says how they were asked."""
SUBSCRIBER, SERVICE = "subscriber", "system"
"""Who takes a step, if it isn't a member of staff."""
METHODS = {
    "/subscribe": "web form",
    "/embed": "web form on another site",
    "/c": "button of the confirmation page",
    "/n": "button “This wasn't me”",
    "/p": "button of the preferences page",
    "/a": "button that confirms a new address",
    "/u": "button of the unsubscribe page",
}
"""How a step is taken on a page of ours, by the first word of its source, where its origin doesn't say."""
ONE_CLICK = "one click in the mail program (RFC 8058)"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a step came from: the page or form, the network (truncated; never a whole address), who, how, and why.

    `actor` is the subscriber, `staff <id>` or `system`; `method` is how it was done; `detail` is what the person said.
    """

    source: str
    network: str = ""
    actor: str = SUBSCRIBER
    method: str = ""
    detail: str = ""


def staff_actor(staff_id: int) -> str:
    """How the log calls a member of staff."""
    return f"{BY_STAFF} {staff_id}"


def was_noted_by_staff(source: str) -> bool:
    """Whether staff took a step that has this source; older ones have the reason in it too."""
    return source == BY_STAFF or source.startswith(f"{BY_STAFF}: ")


def wording(settings: Settings, language: str = SOURCE) -> str:
    """What the sign-up form says: who, what, how to reach us, how to leave (CASL section 10, GDPR article 13).

    In English where there is no catalogue for `language`.
    """
    address = ", ".join(line.strip() for line in settings.postal_address.splitlines() if line.strip())
    said = Sentence(
        "%(organisation)s will send you its statements about %(subject)s by email, as they are published. You can "
        "unsubscribe at any time with one click. %(organisation)s, %(address)s. Contact: %(contact)s.",
        organisation=settings.organisation,
        subject=subject_matter(settings, language),
        address=address,
        contact=settings.contact_email,
    )
    return say(said, nearest(language) or SOURCE)


def shown(settings: Settings, label: str) -> str | None:
    """The language in which the wording with this label is shown at present; None if it is shown in none any more."""
    return next((tag for tag in languages() if version(wording(settings, tag), tag) == label), None)


def current_text(session: Session, settings: Settings, language: str) -> ConsentText:
    """The row of the wording that is shown now; a changed wording becomes a new version, old ones stay."""
    language = nearest(language) or SOURCE
    words = wording(settings, language)
    label = version(words, language)
    session.execute(insert(ConsentText).values(version=label, language=language, words=words).on_conflict_do_nothing())
    return session.scalars(select(ConsentText).where(ConsentText.version == label)).one()


def version(words: str, language: str) -> str:
    """The label of a wording; forms carry it, so that nobody agrees to words that they didn't see."""
    return hashlib.sha256(f"{language}\n{words}".encode()).hexdigest()[:16]


def record(
    session: Session,
    subscriber: Subscriber,
    kind: ConsentKind,
    topic_ids: Iterable[int],
    origin: Origin,
    *,
    text: ConsentText | None = None,
) -> ConsentEvent:
    """Add one step to the log and give it its id."""
    event = ConsentEvent(
        subscriber_id=subscriber.id,
        kind=kind,
        topic_ids=sorted(topic_ids),
        consent_text_id=text.id if text else None,
        source=origin.source[:500],
        network=origin.network,
        actor=origin.actor,
        method=origin.method or METHODS.get(origin.source.partition(" ")[0], ""),
        detail=origin.detail,
        language=subscriber.language,
    )
    session.add(event)
    session.flush()
    return event
