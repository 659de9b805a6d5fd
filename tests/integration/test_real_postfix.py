"""The way there and back with a real Postfix: it takes a mail, finds that nobody has the address, and sends it back."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.models import Delivery, DeliveryState, RawReport, Subscriber, Suppression, SuppressionReason
from app.relay_settings import parse_relays
from tests.factories import NOW
from tests.installation import environment
from tests.integration.conftest import Bell
from tests.integration.postfix import postfix
from tests.integration.sending import started, states, work
from tests.integration.servers import answers, communique, until
from tests.live_server import free_port
from worker.workshop import Workshop

GONE, THERE = "gone@example.net", "ben@example.net"


@pytest.fixture
def listener(database_url, redis_url, folder: Path):
    """`communique run listener`, for LMTP; gives its port."""
    port = free_port()
    (folder / "var").mkdir()
    environ = environment(database_url, redis_url, folder / "var", INTAKE_LISTEN=f"lmtp://127.0.0.1:{port}")
    with communique("run", "listener", environ=environ):
        until(lambda: answers(port), "the listener")
        yield port


@pytest.fixture
def relay(folder: Path, listener):
    """A Postfix that hands what comes back to the listener."""
    home = folder / "postfix"
    home.mkdir()
    folder.chmod(0o755)
    with postfix(home, lmtp=listener) as running:
        yield running


@pytest.fixture
def office(settings, database, relay, redis, tmp_path):
    """Our own engine, whose relay that Postfix is."""
    local = settings.model_copy(update={"relays": parse_relays(f"smtp://127.0.0.1:{relay.port}"), "var_dir": tmp_path})
    workshop = Workshop(local, clock=lambda: NOW, bell=Bell())
    yield workshop
    workshop.close()


def test_a_bounce_of_a_real_postfix_suppresses_exactly_that_address(session, settings, office, relay):
    campaign = started(session, settings, GONE, THERE)
    work(office, campaign)
    assert set(states(session, campaign).values()) == {DeliveryState.SENT}

    until(lambda: session.scalar(select(func.count()).select_from(RawReport)), f"the bounce; {relay.log}")
    office.desk.work()

    assert states(session, campaign) == {GONE: DeliveryState.BOUNCED, THERE: DeliveryState.SENT}
    returned = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.BOUNCED)).one()
    assert (returned.reply_enhanced, returned.reply_class) == ("5.1.1", "hard")
    suppressed = session.scalars(select(Suppression)).one()
    gone = session.scalars(select(Subscriber).where(Subscriber.address == GONE)).one()
    assert (suppressed.address_hmac, suppressed.reason) == (gone.address_hmac, SuppressionReason.HARD)
    until(lambda: relay.mailbox("ben"), "the mail of the reader who is there")
