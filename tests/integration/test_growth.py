"""How the list grows: by the office's weeks, each person once a week, and nothing of other times."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.models import ConsentEvent, ConsentKind, Suppression, SuppressionReason
from app.services import growth
from tests import factories

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
THIS_MONDAY = date(2026, 11, 23)


@pytest.fixture
def happened(session, settings):
    """Write a step of a person down."""
    topic = factories.topic(session)
    people = [factories.subscriber(session, settings, f"reader{number}@example.org") for number in range(3)]

    def happen(who: int, kind: ConsentKind, at: datetime) -> None:
        session.add(
            ConsentEvent(
                subscriber_id=people[who].id,
                kind=kind,
                topic_ids=[topic.id],
                source="/c",
                language="en",
                created_at=at,
            )
        )
        session.flush()

    return happen


def numbers(session):
    weeks = growth.weeks(session, BERLIN, now=NOW)
    return {week.monday: (week.confirmed, week.left, week.bounced) for week in weeks}


def test_there_are_twelve_weeks_that_begin_on_mondays_even_if_nothing_happened(session):
    weeks = growth.weeks(session, BERLIN, now=NOW)
    assert [week.monday for week in weeks] == [THIS_MONDAY - timedelta(weeks=back) for back in range(11, -1, -1)]
    assert {(week.confirmed, week.left, week.bounced) for week in weeks} == {(0, 0, 0)}


def test_each_person_counts_once_a_week(session, happened):
    for who in (0, 1, 1):
        happened(who, ConsentKind.CONFIRMED, NOW)
    happened(2, ConsentKind.IMPORTED, NOW)
    happened(0, ConsentKind.CONFIRMED, NOW - timedelta(weeks=2))
    happened(2, ConsentKind.WITHDRAWN, NOW)
    assert numbers(session)[THIS_MONDAY] == (3, 1, 0)
    assert numbers(session)[THIS_MONDAY - timedelta(weeks=2)] == (1, 0, 0)


def test_requests_and_changes_are_no_growth(session, happened):
    for kind in (ConsentKind.REQUESTED, ConsentKind.CHANGED, ConsentKind.REFUSED):
        happened(0, kind, NOW)
    assert numbers(session)[THIS_MONDAY] == (0, 0, 0)


def test_weeks_begin_at_the_offices_midnight_also_where_clocks_change(session, happened):
    happened(0, ConsentKind.CONFIRMED, datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
    happened(1, ConsentKind.CONFIRMED, datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    happened(2, ConsentKind.CONFIRMED, datetime(2026, 10, 18, 22, 0, tzinfo=UTC))
    found = numbers(session)
    assert found[THIS_MONDAY][0] == 1
    assert found[date(2026, 11, 16)][0] == 1
    assert found[date(2026, 10, 19)][0] == 1


def test_what_is_older_is_left_out(session, happened):
    happened(0, ConsentKind.CONFIRMED, NOW - timedelta(weeks=13))
    assert sum(confirmed for confirmed, _, _ in numbers(session).values()) == 0


def test_addresses_that_take_no_mail_are_lost_and_complaints_are_not(session):
    reasons = (SuppressionReason.HARD, SuppressionReason.INACTIVE, SuppressionReason.SOFT_LIMIT)
    for number, reason in enumerate((*reasons, SuppressionReason.COMPLAINT, SuppressionReason.UNSUBSCRIBED)):
        session.add(Suppression(address_hmac=bytes([number]) * 32, reason=reason, created_at=NOW))
    session.flush()
    assert numbers(session)[THIS_MONDAY] == (0, 0, 3)
