"""A newsroom in which something of everything is there, so that no page of the console has nothing to show."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.models import (
    Campaign,
    ConsentEvent,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Passkey,
    RawReport,
    ReportSource,
    ReportState,
    Role,
    StaffMember,
    Statement,
    StatementState,
    Subscriber,
    SuppressionReason,
    Translation,
)
from app.services import access, campaigns, holds, suppressions
from app.services.editions import Press
from app.services.imports import course
from app.settings import Settings
from app.tokens import Purpose, Tokens
from tests import factories
from tests.integration.importing import applied, begin, read
from tests.samples import World
from worker.delivery import planner

LONG = "a.reader.with.a.very.long.address.that.has.no.place.to.break@a-very-long-name-of-a-domain.example.org"
REFUSAL = (
    "no such user here, see https://support.example/mail/answer/a-very-long-address-without-a-break-anywhere-at-all"
)
LONG_TITLE = "A draft with a title that is rather long, as the titles of statements are now and then"
FOREIGN_PICTURE = "https://a.org/chart.png"
"""Stands in a text, and no browser may fetch it: the Content-Security-Policy refuses it."""
WANTING = f"""Dear {{{{ first_name }}}}, read [here](https://a.org/x) and [the report](https://a.org/report). TK

![]({FOREIGN_PICTURE})

See [the map](http://maps.org/a). Lorem ipsum.
"""
FRENCH = {"title": "Ouvrez tous les bureaux", "standfirst": "Un sur trois.", "body": "[Ici](https://a.org/x)."}
REPLIES = {
    DeliveryState.FAILED: (550, "5.1.1", "hard"),
    DeliveryState.DEFERRED: (451, "4.7.1", "blocked"),
    DeliveryState.BOUNCED: (552, "5.2.2", "quota"),
}
STARTED = {"over": 2, "going": 2, "paused": 2, "undo": 0, "undone": 0}
"""Campaigns that were started, and how many hours ago; an hour long they can be undone."""


def fill(session: Session, settings: Settings, member: StaffMember) -> Sequence[World]:
    """Make it, for a member of staff; gives what there is in each of the states in which things look different."""
    reader = somebody_known(session, settings)
    wanting = factories.statement(session, "Open every polling station", body=WANTING)
    session.add(Translation(statement_id=wanting.id, language="fr", **FRENCH))
    session.expire(wanting)
    colleague = access.add_staff(session, "ben@opendoors.example", "Ben", "correct horse battery", role=Role.APPROVER)
    keys = [
        Passkey(staff_member_id=one.id, credential_id=bytes([one.id]), public_key=b"k", name="Telephone")
        for one in (member, colleague)
    ]
    report = RawReport(
        source=ReportSource.PIPE, digest=bytes(32), octets=4, content=b"Ana.", state=ReportState.REVIEW, note="Why?"
    )
    session.add_all([report, *keys])
    session.flush()
    first = World(
        colleague=colleague.id,
        topic="statements",
        statement=wanting.id,
        campaign=campaigns.prepare(session, wanting, member).public_id,
        delivery=0,
        report=report.id,
        reader=Tokens(settings.signing_keys).make(Purpose.PERSON, reader.id),
        imported=0,
        own_passkey=keys[0].id,
        other_passkey=keys[1].id,
    )
    worlds = [first, *(replace(first, **one) for one in _campaigns(session, settings))]
    worlds = [replace(world, imported=one) for world, one in zip(worlds, cycle(_imports(session, settings)))]
    refused = session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.FAILED).limit(1)).one()
    return [replace(world, delivery=refused) for world in worlds] + [
        replace(world, statement=one.id) for world, one in zip(worlds, _statements(session), strict=False)
    ]


def _imports(session: Session, settings: Settings) -> list[int]:
    """One that waits for a decision, one that was applied, one under way, and one that can't be read."""
    people = f"email,name,status\n{LONG}x,Ana Lima,\nno address,,\nben@example.org,,unsubscribed\n"
    made = [read(session, settings, people), applied(session, settings, people.replace("@a-very", "@another-very"))]
    begun = begin(session, people)
    course.go_on(session, settings, begun.id, now=utc_now())
    course.apply(session, begun.id)
    return [one.id for one in (*made, begun, read(session, settings, "Name\nAna\n"))]


def somebody_known(session: Session, settings: Settings) -> Subscriber:
    """Somebody of whom there is everything to tell."""
    reader = factories.subscriber(session, settings, LONG, "statements", "alerts")
    reader.first_name, reader.last_name = "Ana-Maria", "Lima de Souza"
    for back, kind in enumerate((ConsentKind.REQUESTED, ConsentKind.CONFIRMED, ConsentKind.WITHDRAWN)):
        event = {"topic_ids": [1], "source": "/subscribe", "language": "en", "network": "192.0.2.0/24"}
        at = utc_now() - timedelta(weeks=back)
        session.add(ConsentEvent(subscriber_id=reader.id, kind=kind, created_at=at, **event))
    suppressions.add(session, reader.address_hmac, SuppressionReason.COMPLAINT, "feedback of the provider")
    notice = {"kind": DeliveryKind.CONFIRMATION, "state": DeliveryState.FAILED, "reply_text": REFUSAL}
    session.add(Delivery(**notice, subscriber_id=reader.id, reply_code=550, reply_class="hard"))
    return reader


def _campaigns(session: Session, settings: Settings) -> list[dict[str, object]]:
    """One in each state in which its page looks different."""
    now = utc_now()
    press = Press.from_settings(settings.model_copy(update={"undo_seconds": 3600}))
    made = {name: _campaign(session, f"Ramps, {name}") for name in (*STARTED, "scheduled")}
    factories.schedule(session, press, made["scheduled"], at=now + timedelta(days=3))
    for name, hours in STARTED.items():
        factories.send(session, press, made[name], now=now - timedelta(hours=hours))
        planner.open_campaign(session, made[name].id, now=now)
    _answer(session, made["going"], [DeliveryState.SENT, *DeliveryState])
    campaigns.undo(session, made["undone"], now=now)
    campaigns.pause(session, made["paused"])
    campaigns.note_trouble(session, made["going"].id, "The mail server does not answer (connection refused).")
    holds.hold(session, "example.org", REFUSAL, now=now)
    _answer(session, made["over"], [DeliveryState.FAILED, DeliveryState.BOUNCED, *[DeliveryState.SENT] * 99])
    assert planner.finish(session, made["over"].id, now=now)
    return [{"campaign": one.public_id, "statement": one.statement_id} for one in made.values()]


def _campaign(session: Session, title: str) -> Campaign:
    return campaigns.prepare(session, factories.statement(session, title), None)


def _answer(session: Session, campaign: Campaign, states: Sequence[DeliveryState]) -> None:
    """Move so many of its messages that wait to these states."""
    waiting = select(Delivery).where(Delivery.campaign_id == campaign.id, Delivery.state == DeliveryState.QUEUED)
    now = utc_now()
    for row, state in zip(session.scalars(waiting.order_by(Delivery.id)).all(), states, strict=False):
        row.state, row.sent_at = state, now if state is DeliveryState.SENT else None
        row.claimed_by, row.lease_until, row.next_attempt_at, row.unknown_since = "worker", now, now, now
        if state in REPLIES:
            row.reply_code, row.reply_enhanced, row.reply_class = REPLIES[state]
            row.reply_text = REFUSAL
    session.flush()


def _statements(session: Session) -> list[Statement]:
    """A draft, one that was withdrawn, and one that can be sent."""
    draft = factories.statement(session, LONG_TITLE, published=False)
    withdrawn = factories.statement(session, "What was wrong")
    withdrawn.state, withdrawn.withdrawn_at = StatementState.WITHDRAWN, utc_now()
    session.flush()
    return [draft, withdrawn, factories.statement(session, "Ready to be sent")]
