"""Which addresses are not written to any more: soft ends in a row, and refusals that can't be true."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.errors import Conflict
from app.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Doubt,
    DoubtDecision,
    ReplyClass,
    StaffMember,
    Suppression,
    SuppressionReason,
)
from app.services import conclusions
from tests.factories import NOW, campaign, subscriber
from tests.integration.sending import started, states, work

DAY = timedelta(days=1)
SOFT, QUOTA, BLOCKED = ReplyClass.SOFT, ReplyClass.QUOTA, ReplyClass.BLOCKED
NOBODY = "550 5.1.1 no such user"


class Mailbox:
    """A reader to whom one campaign after the other is sent, while the clock moves on."""

    def __init__(self, session, settings, address: str) -> None:
        self.session, self.settings = session, settings
        self.reader = subscriber(session, settings, address)
        self.now = NOW

    def gets(self, state: DeliveryState, reply_class: ReplyClass | None = None, *, days: float = 7) -> None:
        """A campaign ends so for this reader; then some days pass."""
        row = Delivery(
            kind=DeliveryKind.STATEMENT,
            subscriber_id=self.reader.id,
            campaign_id=campaign(self.session).id,
            state=state,
            dated=self.now,
            sent_at=self.now if state is not DeliveryState.FAILED else None,
            reply_class=reply_class,
            reply_code=452 if reply_class else None,
        )
        self.session.add(row)
        self.session.flush()
        conclusions.draw(self.session, self.settings, now=self.now)
        self.now += days * DAY

    @property
    def suppressed(self) -> SuppressionReason | None:
        return self.session.scalar(
            select(Suppression.reason).where(Suppression.address_hmac == self.reader.address_hmac)
        )


@pytest.fixture
def mailbox(session, settings):
    return Mailbox(session, settings, "ana@example.net")


@pytest.fixture
def other(session, settings):
    return Mailbox(session, settings, "ben@example.net")


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.BOUNCED])
def test_three_campaigns_in_a_row_over_two_weeks_end_it(mailbox, state):
    mailbox.gets(state, SOFT)
    mailbox.gets(state, QUOTA)
    assert mailbox.suppressed is None
    mailbox.gets(state, SOFT)
    assert mailbox.suppressed is SuppressionReason.SOFT_LIMIT


def test_three_campaigns_within_a_week_do_not(mailbox):
    for _ in range(3):
        mailbox.gets(DeliveryState.FAILED, QUOTA, days=2)
    assert mailbox.suppressed is None
    mailbox.now += 10 * DAY
    mailbox.gets(DeliveryState.FAILED, QUOTA)
    assert mailbox.suppressed is SuppressionReason.SOFT_LIMIT


def test_two_campaigns_over_a_year_do_not(mailbox):
    mailbox.gets(DeliveryState.FAILED, SOFT, days=365)
    mailbox.gets(DeliveryState.FAILED, SOFT)
    assert mailbox.suppressed is None


def test_any_mail_that_is_taken_begins_it_anew(mailbox):
    mailbox.gets(DeliveryState.FAILED, SOFT)
    mailbox.gets(DeliveryState.FAILED, SOFT)
    mailbox.gets(DeliveryState.SENT)
    mailbox.gets(DeliveryState.FAILED, SOFT)
    mailbox.gets(DeliveryState.FAILED, SOFT)
    assert mailbox.suppressed is None
    mailbox.gets(DeliveryState.FAILED, SOFT)
    assert mailbox.suppressed is SuppressionReason.SOFT_LIMIT


def test_a_provider_that_blocks_us_counts_against_nobody(mailbox):
    for _ in range(6):
        mailbox.gets(DeliveryState.FAILED, BLOCKED)
    assert mailbox.suppressed is None


def test_one_reader_costs_no_other(mailbox, other):
    for _ in range(3):
        mailbox.gets(DeliveryState.FAILED, SOFT)
        other.gets(DeliveryState.SENT)
    assert (mailbox.suppressed, other.suppressed) == (SuppressionReason.SOFT_LIMIT, None)


def test_what_was_concluded_once_is_not_counted_again(mailbox, session, settings):
    mailbox.gets(DeliveryState.FAILED, SOFT, days=30)
    for _ in range(5):
        assert conclusions.draw(session, settings, now=mailbox.now) == 0
    assert mailbox.suppressed is None


def suppressed(session) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(Suppression))


@pytest.fixture
def denied(session, settings, desk, relay):
    """A campaign whose sixty readers at one provider are all said not to exist."""
    relay.script = lambda stage, recipient, count: NOBODY if stage == "RCPT" else None
    sent = started(session, settings, *(f"r{number}@example.net" for number in range(60)))
    work(desk, sent)
    desk.desk.conclude()
    return sent


def judge(session, settings, decision):
    member = StaffMember(
        email="maya@opendoors.example", identity="maya@opendoors.example", name="Maya", password_hash=""
    )
    session.add(member)
    session.flush()
    (doubt,) = conclusions.open_doubts(session)
    conclusions.decide(session, doubt.id, decision, now=NOW, by=member.id)
    session.commit()


def test_a_server_that_knows_nobody_costs_nobody_until_somebody_decides(session, denied):
    assert "failed" in states(session, denied).values()
    assert suppressed(session) == 0
    (doubt,) = conclusions.open_doubts(session)
    assert (doubt.provider, doubt.refused) == ("example.net", doubt.attempts)


def test_what_is_believed_is_suppressed(session, settings, desk, denied):
    refused = list(states(session, denied).values()).count("failed")
    judge(session, settings, DoubtDecision.BELIEVE)
    assert suppressed(session) == refused
    assert conclusions.open_doubts(session) == []


def test_what_is_forgiven_costs_nobody_and_neither_does_what_comes_after(session, settings, desk, denied):
    judge(session, settings, DoubtDecision.FORGIVE)
    late = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.FAILED).limit(1)).one()
    late.concluded_at = late.doubt_id = None
    session.commit()
    desk.desk.conclude()
    assert suppressed(session) == 0


def test_it_is_decided_once(session, settings, denied):
    doubt = session.scalars(select(Doubt)).one()
    judge(session, settings, DoubtDecision.FORGIVE)
    with pytest.raises(Conflict):
        conclusions.decide(session, doubt.id, DoubtDecision.BELIEVE, now=NOW)


def test_a_few_who_are_gone_among_many_are_believed_at_once(session, settings, desk, relay):
    relay.script = lambda stage, recipient, count: NOBODY if stage == "RCPT" and recipient.startswith("r7@") else None
    sent = started(session, settings, *(f"r{number}@example.net" for number in range(60)))
    work(desk, sent)
    desk.desk.conclude()
    assert suppressed(session) == 1
    assert conclusions.open_doubts(session) == []
