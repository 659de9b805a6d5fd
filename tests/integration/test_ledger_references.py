"""Rows of the ledger name a reader and a campaign that are there, and stay there, though no foreign key says so."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.database import sessions
from app.models import Campaign, Delivery, DeliveryKind, Subscriber
from app.services.editions import Press
from tests import factories
from worker.delivery import planner

NOW = factories.NOW
NOBODY = 4_000_000_000


@pytest.fixture
def started(session, settings) -> Campaign:
    """A campaign with three readers, started and not yet opened."""
    for number in range(3):
        factories.subscriber(session, settings, f"reader{number}@example.org")
    campaign = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    session.commit()
    return campaign


@pytest.fixture
def opened(session, started) -> Campaign:
    planner.open_campaign(session, started.id, now=NOW)
    session.commit()
    return started


def somebody(session: Session) -> int:
    return session.scalars(select(Subscriber.id).order_by(Subscriber.id)).first()


def remove_somebody(session: Session) -> None:
    session.execute(delete(Subscriber).where(Subscriber.id == somebody(session)))


def wait_until_it_waits(database: Engine, work: Future[object]) -> None:
    waits = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    deadline = time.monotonic() + 10
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
        while not watcher.scalar(waits):
            assert not work.done(), work.result()
            assert time.monotonic() < deadline


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM subscribers", "UPDATE subscribers SET id = id + 1000", "TRUNCATE campaigns CASCADE",
     "DELETE FROM campaigns", "UPDATE campaigns SET id = id + 1000"],
)  # fmt: skip
def test_what_the_ledger_names_can_not_be_removed_or_renumbered(session, opened, statement):
    session.execute(text("DELETE FROM subscriptions; DELETE FROM campaign_topics; DELETE FROM editions"))
    with pytest.raises(IntegrityError, match="the ledger still names"):
        session.execute(text(statement))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Delivery)) == 3


def test_what_it_does_not_name_can(session, started):
    remove_somebody(session)
    session.execute(delete(Campaign))
    session.commit()
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 2


@pytest.mark.parametrize("kind", [DeliveryKind.STATEMENT, DeliveryKind.CONFIRMATION])
def test_no_mail_can_be_entered_for_nobody(session, started, kind):
    campaign_id = started.id if kind is DeliveryKind.STATEMENT else None
    row = {"kind": kind, "subscriber_id": NOBODY, "campaign_id": campaign_id}
    with pytest.raises(IntegrityError, match="there is no subscriber 4000000000"):
        session.execute(insert(Delivery).values(row))


def test_no_mail_can_be_entered_for_no_campaign(session, started):
    row = {"kind": DeliveryKind.STATEMENT, "subscriber_id": somebody(session), "campaign_id": NOBODY}
    with pytest.raises(IntegrityError, match="there is no campaign 4000000000"):
        session.execute(insert(Delivery).values(row))


def test_a_delivery_keeps_its_reader_and_its_campaign(session, opened):
    for change in ({"subscriber_id": somebody(session)}, {"campaign_id": NOBODY}):
        with pytest.raises(DBAPIError, match="keeps its subscriber and its campaign"), session.begin_nested():
            session.execute(update(Delivery).values(change))


def test_a_reader_can_not_go_while_the_audience_is_being_frozen(session, database, started):
    planner.open_campaign(session, started.id, now=NOW)

    def remove() -> None:
        with sessions(database).begin() as other:
            remove_somebody(other)

    with ThreadPoolExecutor(1) as pool:
        removal = pool.submit(remove)
        wait_until_it_waits(database, removal)
        session.commit()
        with pytest.raises(IntegrityError, match="the ledger still names"):
            removal.result(10)


def test_an_audience_frozen_while_a_reader_goes_is_frozen_again_without_them(session, database, started):
    """The freeze may have seen somebody whose removal was under way; it gives up, and the sweep rings for it again."""
    number = started.id
    remove_somebody(session)

    def freeze() -> bool:
        with sessions(database).begin() as other:
            return planner.open_campaign(other, number, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        freezing = pool.submit(freeze)
        wait_until_it_waits(database, freezing)
        session.commit()
        with pytest.raises(IntegrityError, match="there is no subscriber"):
            freezing.result(10)
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert freeze()
    assert session.scalar(select(func.count()).select_from(Delivery)) == 2


def test_a_notice_waits_for_a_removal_and_is_refused(session, database, started):
    row = {"kind": DeliveryKind.CONFIRMATION, "subscriber_id": somebody(session)}
    session.commit()
    remove_somebody(session)

    def enter() -> None:
        with sessions(database).begin() as other:
            other.execute(insert(Delivery).values(row))

    with ThreadPoolExecutor(1) as pool:
        entering = pool.submit(enter)
        wait_until_it_waits(database, entering)
        session.commit()
        with pytest.raises(IntegrityError, match="there is no subscriber"):
            entering.result(10)


def test_every_reader_has_a_message_key_of_their_own_and_each_campaign_others(session, settings, opened):
    again = factories.campaign(session)
    factories.send(session, Press.from_settings(settings), again, now=NOW)
    planner.open_campaign(session, again.id, now=NOW)
    keys = session.scalars(select(Delivery.message_key)).all()
    assert len(keys) == len(set(keys)) == 6
