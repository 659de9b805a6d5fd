"""The evidence of one person's consent (GDPR article 7(1)): who, when, how, which words, and each step since.

It is about this person and not about how the service works in general, which would prove nothing of anybody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import (
    ConsentEvent,
    ConsentText,
    Delivery,
    StaffMember,
    Subscriber,
    SubscriberImport,
    Subscription,
    Suppression,
    Topic,
)
from app.services import consent_chain, subscriber_story, suppressions
from app.services.consent import BY_STAFF
from app.services.consent_chain import Verdict

_STAFF = re.compile(rf"{BY_STAFF} (\d{{1,18}})")


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it was taken.

    `staff` is the name that a member of staff has today, `staff_id` theirs if they took it; `text` holds the words that
    were shown; `mail` is the one that asked to confirm it; `brought_by` is the import in which it came.
    """

    event: ConsentEvent
    topics: Sequence[str]
    text: ConsentText | None
    mail: Delivery | None
    brought_by: SubscriberImport | None
    staff_id: int | None
    staff: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it: the steps oldest first, each wording once, where they stand now, and whether the log is whole."""

    person: Subscriber
    steps: Sequence[Step]
    texts: Sequence[ConsentText]
    subscriptions: Sequence[Subscription]
    suppression: Suppression | None
    verdict: Verdict

    def is_broken_at(self, step: Step) -> bool:
        """Whether the first fault that was found lies in or right before this step."""
        return self.verdict.first is not None and self.verdict.first.event_id == step.event.id


def gather(session: Session, person: Subscriber) -> Evidence:
    """The evidence as it stands now; nothing is left out, however many steps there are."""
    session.refresh(person, ["consent_head"])
    steps = _steps(session, person.id)
    texts = {step.text.id: step.text for step in steps if step.text is not None}
    return Evidence(
        person,
        steps,
        list(texts.values()),
        subscriber_story.subscriptions_of(session, person.id),
        suppressions.find(session, person.address_hmac),
        consent_chain.check(session, subscriber_id=person.id),
    )


def _steps(session: Session, person_id: int) -> list[Step]:
    rows = session.execute(
        select(ConsentEvent, ConsentText, SubscriberImport)
        .outerjoin(ConsentText, ConsentText.id == ConsentEvent.consent_text_id)
        .outerjoin(SubscriberImport, SubscriberImport.id == ConsentEvent.import_id)
        .where(ConsentEvent.subscriber_id == person_id)
        .order_by(ConsentEvent.id)
    ).all()
    topics = {row.id: row.name for row in session.execute(select(Topic.id, Topic.name))}
    mails, names = _mails(session, person_id), _staff_names(session, [event.actor for event, _, _ in rows])
    return [
        Step(
            event,
            [topics.get(one, "a topic that is gone") for one in event.topic_ids],
            text,
            mails.get(event.id),
            brought_by,
            _staff_id(event.actor),
            names.get(_staff_id(event.actor) or 0, ""),
        )
        for event, text, brought_by in rows
    ]


def _mails(session: Session, person_id: int) -> Mapping[int, Delivery]:
    """The last mail that was sent about each step."""
    theirs = Delivery.subscriber_id == person_id, Delivery.consent_event_id.is_not(None)
    rows = session.scalars(select(Delivery).where(*theirs).order_by(Delivery.id))
    return {row.consent_event_id: row for row in rows if row.consent_event_id is not None}


def _staff_names(session: Session, actors: Sequence[str]) -> Mapping[int, str]:
    ids = {one for one in map(_staff_id, actors) if one is not None}
    rows = session.execute(select(StaffMember.id, StaffMember.name, StaffMember.email).where(StaffMember.id.in_(ids)))
    return {row.id: row.name or row.email for row in rows} if ids else {}


def _staff_id(actor: str) -> int | None:
    found = _STAFF.fullmatch(actor)
    return int(found[1]) if found else None
