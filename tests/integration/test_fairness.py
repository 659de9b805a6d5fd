"""Who waits for whom: campaigns share a relay, a pause is heard at once, nobody waits for a message that hangs."""

import threading
import time

import pytest

from app.models import Delivery, DeliveryKind
from app.relay_settings import parse_relays
from app.services import campaigns
from app.services.editions import Press
from tests import factories
from tests.fakes import fake_smtp
from tests.integration.conftest import Bell
from tests.integration.sending import NOW, started, states, work
from tests.integration.throttling import emptied
from worker.delivery import planner
from worker.workshop import Workshop

pytestmark = pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")


def opened(session, settings, desk, title: str, topic: str, people: int):
    """A campaign of its own, to so many readers of its own, opened."""
    factories.readers(session, settings, (f"{topic}{number}@example.org" for number in range(people)), topic)
    statement = factories.statement(session, title, topic)
    campaign = campaigns.prepare(session, statement, None)
    factories.send(session, Press.from_settings(settings), campaign, now=NOW)
    session.commit()
    with desk.sessions.begin() as other:
        planner.open_campaign(other, campaign.id, now=NOW)
    return campaign


def test_a_small_campaign_does_not_wait_for_a_big_one(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: time.sleep(0.002) if stage == "END" else None
    opened(session, settings, desk, "A long list", "long", 400)
    opened(session, settings, desk, "A short list", "short", 40)
    desk.pipeline.deliver()
    order = [recipient.startswith("short") for recipient in relay.recipients()]
    assert len(order) == 440
    last_short = max(number for number, is_short in enumerate(order) if is_short)
    assert last_short < 250


def test_a_pause_is_heard_within_two_seconds(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: time.sleep(0.01) if stage == "END" else None
    campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(700)))
    worker = threading.Thread(target=work, args=(desk, campaign))
    worker.start()
    while len(relay.taken) < 50:
        time.sleep(0.01)
    campaigns.pause(session, campaign)
    session.commit()
    pressed = time.monotonic()
    worker.join(20)
    assert not worker.is_alive()
    assert time.monotonic() - pressed < 4  # the last answers are noted down, and then the process has nothing to do
    sent_by_then = len(relay.taken)
    assert sent_by_then < 700
    assert set(states(session, campaign).values()) == {"sent", "queued"}


def test_a_message_that_hangs_holds_up_nobody_else(session, settings, relay, desk):
    go_on = threading.Event()

    def script(stage: str, recipient: str, count: int) -> None:
        if stage == "END" and recipient == "reader7@slow.example":
            go_on.wait(30)

    relay.script = script
    people = [f"reader{number}@{'slow' if number == 7 else 'quick'}.example" for number in range(120)]
    campaign = started(session, settings, *people)
    worker = threading.Thread(target=work, args=(desk, campaign))
    worker.start()
    in_flight = 8 if "CHUNKING" in relay.extensions else 2
    deadline = time.monotonic() + 20
    while len(relay.taken) < len(people) - in_flight and time.monotonic() < deadline:
        time.sleep(0.02)
    reached = len(relay.taken)
    go_on.set()
    worker.join(20)
    assert reached >= len(people) - in_flight
    assert set(states(session, campaign).values()) == {"sent"}


def test_a_row_that_cannot_be_filled_is_refused_alone(session, settings, relay, desk):
    campaign = started(session, settings, "a@example.org", "b@example.org", "c@example.org")
    person = session.query(factories.Subscriber).filter_by(address="b@example.org").one()
    person.local = "b\r\nBcc: x"
    session.commit()
    work(desk, campaign)
    assert sorted(relay.recipients()) == ["a@example.org", "c@example.org"]
    assert states(session, campaign)["b@example.org"] == "failed"


def test_a_process_that_is_asked_to_end_finishes_what_it_has_in_hand(session, settings, relay, desk):
    relay.script = lambda stage, recipient, count: time.sleep(0.01) if stage == "END" else None
    campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(500)))
    worker = threading.Thread(target=work, args=(desk, campaign))
    worker.start()
    while len(relay.taken) < 30:
        time.sleep(0.01)
    desk.stopping.ask()
    worker.join(20)
    assert not worker.is_alive()
    found = states(session, campaign)
    assert set(found.values()) == {"sent", "queued"}
    assert sorted(who for who, state in found.items() if state == "sent") == sorted(relay.recipients())


@pytest.fixture
def crowd(settings, redis_url, tmp_path):
    """A relay with two connections for all processes together, and two processes."""
    emptied(redis_url).close()
    with fake_smtp() as relay:
        relays = parse_relays(f"smtp://127.0.0.1:{relay.port}?connections=2&all_connections=2")
        local = settings.model_copy(update={"relays": relays, "var_dir": tmp_path})
        processes = [Workshop(local, clock=lambda: NOW, bell=Bell()) for _ in range(2)]
        yield relay, *processes
        for process in processes:
            process.close()


def notice(session, settings, address: str) -> None:
    person = factories.subscriber(session, settings, address)
    session.add(Delivery(kind=DeliveryKind.ALREADY_SUBSCRIBED, subscriber_id=person.id))
    session.commit()


def test_a_notice_finds_a_connection_while_a_campaign_is_sent(session, settings, crowd):
    relay, bulk, urgent = crowd
    urgent.get_ready()
    relay.delays = {"END": 0.05}
    campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(200)))
    worker = threading.Thread(target=work, args=(bulk, campaign))
    worker.start()
    while len(relay.taken) < 10:
        time.sleep(0.01)
    notice(session, settings, "new@example.org")
    urgent.pipeline.send_notices()
    assert "new@example.org" in relay.recipients()
    assert len(relay.taken) < 100
    bulk.stopping.ask()
    worker.join(20)
    assert relay.most_open == 2


def test_a_process_with_nothing_to_send_keeps_no_connection_from_others(session, settings, crowd):
    relay, idle, other = crowd
    for process in (idle, other):
        for number in range(20):
            notice(session, settings, f"reader{number}@{len(relay.taken)}.example.org")
        process.pipeline.send_notices()
        deadline = time.monotonic() + 5
        while relay.sockets and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not relay.sockets
    assert len(relay.taken) == 40
    assert relay.most_open == 2
