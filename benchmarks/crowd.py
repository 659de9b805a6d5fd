"""What others notice while a large campaign is sent: whoever signs up, and whoever presses Pause.

The workers are Celery's, as they are installed, and take both kinds of mail to the same server. A sign-up is counted
from its commit, made as the public page does, until the server has taken the confirmation; Pause from its commit until
the last message that the server took.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from app.clock import utc_now
from app.database import sessions
from app.errors import Conflict
from app.jobs import BULK, PLANNING, TRANSACTIONAL, CeleryBell, attach, celery_client
from app.mail.address import EmailAddress
from app.models import Campaign, CampaignState
from app.services import campaigns, signup, topics
from app.services.consent import Origin
from app.services.signup import Ask
from app.settings import Settings
from benchmarks.book import Book
from benchmarks.celery_workers import is_over, workers
from benchmarks.findings import Findings, Round, interleave, series, slowest_but_few
from benchmarks.installation import Installation
from benchmarks.processes import PATIENCE, server
from benchmarks.scale import Scale

EVERY = 0.1
_QUIET = 3.0


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """Rounds of a campaign with sign-ups all the while, and of one that is paused in the middle."""
    steps = {"sign-ups": partial(_sign_ups, here, scale.crowd), "pause": partial(_pause, here, scale.crowd)}
    rounds = interleave(scale.rounds, steps, say)
    return Findings(
        targets={"crowd.notice": series(rounds, "notice p95", "s"), "crowd.pause": series(rounds, "pause", "s")},
        details={
            "Confirmation mails meanwhile, half within": series(rounds, "notice median", "s"),
            "Confirmation mails meanwhile, slowest": series(rounds, "notice slowest", "s"),
            "Confirmation mails meanwhile, number": series(rounds, "notices"),
        },
    )


def _sign_ups(here: Installation, audience: int, number: int) -> Round:
    """Somebody signs up ten times a second until the campaign is over."""
    here.forget_campaigns()
    path = here.folder / f"sign-ups-{number}.book"
    with server("benchmarks.sink", "--book", path) as port, workers(here, port, (PLANNING, BULK, TRANSACTIONAL)):
        campaign_id = here.start_campaign(audience, bell=_bell(here, port))
        _wait_for(path, 1)
        form = sessions(here.engine)
        attach(form, _bell(here, port))
        asked: dict[str, float] = {}
        while not is_over(here, campaign_id):
            address = f"newcomer{len(asked)}@signup{number}.example"
            asked[address] = _sign_up(form, here.settings(port), address)
            time.sleep(EVERY)
        book = _wait_for(path, audience + len(asked))
    waits = sorted(book.taken[address] - moment for address, moment in asked.items())
    path.unlink()
    return {
        "notice p95": slowest_but_few(waits),
        "notice median": waits[len(waits) // 2],
        "notice slowest": waits[-1],
        "notices": len(waits),
    }


def _sign_up(form: sessionmaker[Session], settings: Settings, address: str) -> float:
    """What the public page does; gives the moment of the commit."""
    with form() as session:
        ask = Ask(EmailAddress.parse(address), [topics.ensure(session, "newcomers", "Newcomers")], "en")
        signup.request(session, ask, Origin("benchmark"), settings=settings, now=utc_now())
        moment = time.monotonic()
        session.commit()
    return moment


def _pause(here: Installation, audience: int, number: int) -> Round:
    """Pause when a fifth is sent; what leaves within three seconds after the commit is waited for."""
    here.forget_campaigns()
    path = here.folder / f"pause-{number}.book"
    with server("benchmarks.sink", "--book", path) as port, workers(here, port, (PLANNING, BULK)):
        campaign_id = here.start_campaign(audience, bell=_bell(here, port))
        _wait_for(path, audience // 5)
        with here.sessions.begin() as session:
            campaigns.pause(session, session.get_one(Campaign, campaign_id))
        paused = time.monotonic()
        book = Book(path)
        while time.monotonic() < max(paused, book.last) + _QUIET:
            time.sleep(EVERY)
            taken = book.read_on()
    with here.sessions() as session:
        if taken >= audience or session.get_one(Campaign, campaign_id).state is not CampaignState.PAUSED:
            raise Conflict(f"The campaign was over before the pause: {taken:,} of {audience:,} had left.")
    path.unlink()
    return {"pause": max(book.last - paused, 0.0)}


def _bell(here: Installation, port: int) -> CeleryBell:
    return CeleryBell(celery_client(here.settings(port)))


def _wait_for(path: Path, number: int) -> Book:
    """Wait until the server has taken so many messages, or nothing more comes; raises Conflict then."""
    book, heard, known = Book(path), time.monotonic(), 0
    while (taken := book.read_on()) < number:
        if taken > known:
            heard, known = time.monotonic(), taken
        if time.monotonic() - heard > 2 * PATIENCE:
            raise Conflict(f"Only {taken:,} of {number:,} messages came.")
        time.sleep(0.02)
    return book
