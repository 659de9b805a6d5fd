"""When a campaign's messages were accepted: spans that fit into a chart, with the empty ones between."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Campaign, Delivery, DeliveryState
from app.services import reports
from app.services.editions import Press
from tests import factories
from worker.delivery import planner

NOW = factories.NOW
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rows(session, settings):
    for number in range(4):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    planner.open_campaign(session, campaign.id, now=NOW)
    return session.scalars(select(Delivery).order_by(Delivery.id)).all()


@pytest.mark.parametrize(
    ("minutes", "step", "numbers"),
    [
        ([0.2, 0.9, 2.5, 2.6], 1, [2, 0, 2]),
        ([7, 9, 11, 106], 5, [2, 1, *[0] * 18, 1]),
        ([0, 1, 61, 24 * 60 - 1], 360, [3, 0, 0, 1]),
        ([0, 0, 0, 0], 1, [4]),
    ],
)
def test_messages_are_counted_in_spans_as_long_as_the_chart_needs(session, rows, minutes, step, numbers):
    midnight = NOW.replace(hour=0)
    for row, minute in zip(rows, minutes, strict=True):
        row.state, row.sent_at = DeliveryState.SENT, midnight + minute * MINUTE
    session.flush()
    line = reports.timeline(session, campaign_of(session, rows))
    assert line.step == step * MINUTE
    assert [number for _, number in line.bars] == numbers
    assert [moment for moment, _ in line.bars] == [line.bars[0][0] + line.step * n for n in range(len(numbers))]
    assert line.bars[0][0] <= rows[0].sent_at < line.bars[0][0] + line.step


def test_where_nothing_was_accepted_there_is_nothing_to_show(session, rows):
    assert reports.timeline(session, campaign_of(session, rows)).bars == []


def campaign_of(session, rows):
    return session.get_one(Campaign, rows[0].campaign_id)
