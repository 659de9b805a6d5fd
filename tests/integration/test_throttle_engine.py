"""The limits where they matter: at the relay, while eight processes send one campaign."""

import multiprocessing
import threading
import time

import pytest

from app.domain_limits import parse_domain_limits
from app.relay_settings import parse_relays
from app.services import site
from tests import factories
from tests.factories import NOW
from tests.fakes import fake_smtp
from tests.integration.conftest import Bell
from tests.integration.sending import started
from tests.integration.throttling import emptied, most_in
from worker.delivery import planner, tray
from worker.smtp import pool
from worker.workshop import Workshop

PROCESSES = 8
READERS = 600
LIMIT = 200


@pytest.fixture
def readers(session, settings):
    """Enough of them for three seconds."""
    factories.readers(session, settings, (f"reader{number}@example.org" for number in range(READERS)))
    session.commit()


def work(settings) -> None:
    """One sending process."""
    workshop = Workshop(settings, clock=lambda: NOW, bell=Bell())
    workshop.pipeline.deliver()
    workshop.close()


def test_the_relay_never_sees_more_in_a_second_than_its_limit(settings, session, readers, redis_url, tmp_path):
    emptied(redis_url).close()
    arrivals: list[float] = []

    def note(stage, recipient, count):
        if stage == "END":
            arrivals.append(time.monotonic())

    with fake_smtp() as relay:
        relay.script = note
        relays = parse_relays(f"smtp://127.0.0.1:{relay.port}?per_second={LIMIT}&connections=2")
        local = settings.model_copy(update={"relays": relays, "var_dir": tmp_path})
        campaign = started(session, settings)
        planner.open_campaign(session, campaign.id, now=NOW)
        session.commit()
        context = multiprocessing.get_context("fork")
        processes = [context.Process(target=work, args=(local,)) for _ in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    assert len(arrivals) == READERS
    assert most_in(arrivals, 1.0) <= LIMIT


def test_a_relay_that_never_greets_uses_up_next_to_nothing_of_a_limit(
    settings, session, redis_url, tmp_path, monkeypatch
):
    redis = emptied(redis_url)
    hours = [f"communique:limit:{what}:hour" for what in ("relay:a", "domains:example.org")]
    for hour in hours:
        redis.hset(hour, "since", 0)
    monkeypatch.setattr(pool, "LONGEST_WAIT", 0.1)
    monkeypatch.setattr(tray, "LONGEST_WAIT", 0.1)
    with fake_smtp() as relay:
        relay.delays = {"CONNECT": 30}
        relays = parse_relays(f"smtp://127.0.0.1:{relay.port}?name=a&per_hour=1000")
        limits = parse_domain_limits("example.org 1000/h")
        local = settings.model_copy(update={"relays": relays, "var_dir": tmp_path, "domain_limits": limits})
        campaign = started(session, settings, *(f"reader{number}@example.org" for number in range(50)))
        planner.open_campaign(session, campaign.id, now=NOW)
        session.commit()
        workshop = Workshop(local, clock=lambda: NOW, bell=Bell())
        worker = threading.Thread(target=workshop.pipeline.deliver)
        worker.start()
        while not relay.sockets:
            time.sleep(0.01)
        time.sleep(0.7)  # messages are offered and come back, several times
        workshop.stopping.ask()
        worker.join(20)
        relay.cut()
        workshop.close()
    used = [sum(int(number) for bucket, number in redis.hgetall(hour).items() if bucket.isdigit()) for hour in hours]
    redis.close()
    # where the machine is crowded, Redis may be too late for one return of ten; else each round would cost as much
    assert max(used) <= 10


def test_a_limit_that_staff_set_holds_from_the_next_run_on(settings, session, readers, redis_url, tmp_path):
    emptied(redis_url).close()
    with fake_smtp() as relay:
        relays = parse_relays(f"smtp://127.0.0.1:{relay.port}")
        local = settings.model_copy(update={"relays": relays, "var_dir": tmp_path})
        workshop = Workshop(local, clock=lambda: NOW, bell=Bell())
        assert workshop.with_present_limits().throttle.relays({relays[0].name: 50}) == {relays[0].name: 50}
        site.change(session, local, {"most_per_hour": "20"}, now=NOW, by=None)
        session.commit()
        given = workshop.with_present_limits().throttle.relays({relays[0].name: 50}, urgent=True)
        assert given[relays[0].name] <= 20
        campaign = started(session, local)
        planner.open_campaign(session, campaign.id, now=NOW)
        session.commit()
        workshop.pipeline.deliver()
        workshop.close()
        assert 0 < len(relay.taken) <= 20
