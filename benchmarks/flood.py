"""The sign-up form as a weapon: `python -m benchmarks.flood` prints what comes of it (`--times`: the second part).

Twenty thousand sign-ups of one minute, from 500 networks, against 50 victims, and a hundred people who sign up in the
same minute, 70 of them with JavaScript. Then how long the form takes for addresses of every standing. What is posted
goes through the whole web application; only the clock is that of the minute, whatever the machine needs for it.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from statistics import median

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.clock import utc_now
from app.mail.address import EmailAddress
from app.models import Delivery, DeliveryState, Subscriber, Subscription, SubscriptionState, SuppressionReason
from app.services import consent, suppressions, topics
from app.services.guard import work
from app.settings import Settings
from app.tokens import Purpose
from app.web import same_time
from benchmarks.installation import Installation, installation
from worker.delivery.claims import claim_notices

ABUSIVE, NETWORKS, VICTIMS, HONEST, SCRIPTED = 20_000, 500, 50, 100, 70
RUNS = 200
_PROVIDERS = ("gmail.com", "outlook.com", "gmx.net", "orange.fr", "posteo.de", "example.org", "example.net")


class Form:
    """The form as a robot or a person sends it, at a moment of the minute."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app, self._client = app, FlaskClient(app, use_cookies=False)
        self._version = consent.version(consent.wording(settings), "en")
        self._here = app.extensions["communique"]
        self.at = utc_now()
        app.extensions["communique"] = replace(self._here, clock=lambda: self.at)

    def send(self, address: str, client: str, *, works: bool = False) -> float:
        """Fill in a copy of its own and send it; gives how many seconds the answer took."""
        made = self.at - timedelta(seconds=5)
        token = self._here.tokens.make(Purpose.FORM, f"{random.getrandbits(64):x}", int(made.timestamp() * 1000))
        done = next(str(n) for n in count() if work.is_done(token, str(n))) if works else ""
        fields = {"form_token": token, "consent_version": self._version, "email": address, "work": done}
        began = time.monotonic()
        answer = self._client.post("/subscribe", data=fields, environ_overrides={"REMOTE_ADDR": client})
        took = time.monotonic() - began
        if answer.location != "/subscribe/check-your-inbox":
            raise ValueError(f"{address}: {answer.status}")
        return took


def flood(form: Form, session: Session) -> None:
    """All of the minute; says who got how many mails, at once and within a day."""
    victims = [f"victim{number}@{_PROVIDERS[number % len(_PROVIDERS)]}" for number in range(VICTIMS)]
    honest = [f"reader{number}@{_PROVIDERS[number % len(_PROVIDERS)]}" for number in range(HONEST)]
    comers = [(random.choice(victims), f"10.{n % NETWORKS // 250}.{n % 250}.{n % 199}", False) for n in range(ABUSIVE)]
    comers += [(address, f"172.16.{n}.9", n < SCRIPTED) for n, address in enumerate(honest)]
    random.shuffle(comers)
    began, start = time.monotonic(), form.at
    with _quick_answers():
        for number, (address, client, works) in enumerate(comers):
            form.at = start + timedelta(minutes=number / len(comers))
            form.send(address, client, works=works)
    took = time.monotonic() - began
    print(f"{len(comers):,} sign-ups of one minute were answered in {took:.0f} s ({len(comers) / took:.0f} a second).")
    at_once, later = Counter(_sent(session, form.at)), Counter[str]()
    for hour in range(1, 26):
        later.update(_sent(session, form.at + timedelta(hours=hour)))
    both = at_once + later
    print(f"Mails to each victim: {min(map(both.get, victims))} to {max(map(both.__getitem__, victims))}.")
    print(
        f"People who got theirs: {sum(map(bool, map(both.get, honest)))} of {HONEST}, "
        f"{sum(name in at_once for name in honest[:SCRIPTED])} of {SCRIPTED} with JavaScript at once, "
        f"{sum(name in at_once for name in honest[SCRIPTED:])} of {HONEST - SCRIPTED} without."
    )


def times(app: Flask, form: Form, session: Session, settings: Settings) -> None:
    """How long an answer takes, by standing: as it leaves, and without the wait for a whole step."""
    people = _people(session, settings)
    for words, step in (("as they leave", same_time.STEP), ("without whole steps", 0.000_001)):
        taken: dict[str, list[float]] = {standing: [] for standing in people}
        with _quick_answers(step):
            for number in range(RUNS):
                for standing, names in people.items():
                    form.at += timedelta(minutes=7)
                    taken[standing].append(form.send(names[number], f"10.{number}.{len(standing)}.1"))
        print(f"Answers {words}, median of {RUNS} in ms:", _said({key: median(found) for key, found in taken.items()}))
        people["new"] = [f"again-{name}" for name in people["new"]]


def _people(session: Session, settings: Settings) -> dict[str, list[str]]:
    """Addresses of every standing, as many as there are runs."""
    topic = topics.ensure(session, "statements", "Statements")
    people: dict[str, list[str]] = {}
    for standing in ("new", "pending", "confirmed", "refused", "erased"):
        people[standing] = [f"{standing}{number}@place{number}.example" for number in range(RUNS)]
        for address in map(EmailAddress.parse, people[standing] if standing != "new" else []):
            key = suppressions.address_hmac(settings, address)
            if standing in {"refused", "erased"}:
                suppressions.add(session, key, SuppressionReason(standing))
            if standing in {"pending", "confirmed"}:
                row = {"address": address.text, "local": address.local, "domain": address.domain, "language": "en"}
                person = Subscriber(**row, identity=address.identity, address_hmac=key)
                session.add(person)
                session.flush()
                at = {"requested_at": utc_now(), "confirmed_at": utc_now() if standing == "confirmed" else None}
                state = SubscriptionState(standing)
                session.add(Subscription(subscriber_id=person.id, topic_id=topic.id, state=state, **at))
    session.commit()
    return people


def _said(found: Mapping[str, float]) -> str:
    words = ", ".join(f"{standing} {seconds * 1000:.1f}" for standing, seconds in found.items())
    return f"{words}; they differ by {(max(found.values()) - min(found.values())) * 1000:.1f}"


def _sent(session: Session, now: datetime) -> Iterator[str]:
    """What leaves at a moment, and to whom."""
    session.rollback()
    while claims := claim_notices(session, worker="flood", most=1000, now=now).claims:
        for claim in claims:
            delivery = session.get_one(Delivery, claim.delivery_id, populate_existing=True)
            delivery.state, delivery.sent_at = DeliveryState.SENT, now
            yield session.scalars(select(Subscriber.address).where(Subscriber.id == delivery.subscriber_id)).one()
        session.commit()


@contextmanager
def _quick_answers(step: float = 0.000_001) -> Iterator[None]:
    before, same_time.STEP = same_time.STEP, step
    try:
        yield
    finally:
        same_time.STEP = before


def run(here: Installation) -> None:
    """Both."""
    settings = here.settings()
    app = create_app(settings)
    with here.sessions() as session:
        topics.ensure(session, "statements", "Statements")
        session.commit()
        form = Form(app, settings)
        if "--times" not in sys.argv:
            flood(form, session)
        form.at += timedelta(days=2)
        times(app, form, session, settings)


if __name__ == "__main__":
    random.seed(5)
    with installation() as started:
        run(started)
    sys.exit()
