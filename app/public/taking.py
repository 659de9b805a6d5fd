"""Taking a filled-in form: the guard judges it, the sign-up is recorded, everybody is told the same in equal time.

The answer leaves at whole steps of time, so that nobody can tell by how long it took whether an address is known, left
alone, or over a limit.
"""

from typing import cast

from flask import Flask, current_app, request

from app.db import db
from app.public.entry import Entry
from app.services import role_addresses, signup, site
from app.services.consent import Origin
from app.services.guard import Fate, Guard, Visit, pace
from app.services.signup import Ask, Terms
from app.web.installation import installation
from app.web.same_time import same_time

_KEY = "signup-guard"


def install(app: Flask) -> None:
    """Give the application its guard."""
    settings = app.extensions["communique"].settings
    app.extensions[_KEY] = Guard(settings)


def wants_work() -> bool:
    """Whether browsers shall work for a sign-up from this network: under attack, or where many share an address."""
    here = installation()
    pressure = _guard().look(here.now(), request.remote_addr or "")
    return pressure is not None and (pressure.is_network_full or pressure.is_attack(_mode()))


def take(entry: Entry, origin: Origin) -> None:
    """Act on a form in which nothing is wrong. Robots, and what is over a limit, get the same answer and no mail."""
    with same_time():
        if entry.ask is not None and not entry.form_pass.is_hasty:
            _take(entry, entry.ask, origin)


def _take(entry: Entry, ask: Ask, origin: Origin) -> None:
    session, here = db.session(), installation()
    slugs = tuple(topic.slug for topic in ask.topics)
    visit = Visit(ask.address, request.remote_addr or "", entry.form_pass.key, slugs, entry.form_pass.has_worked)
    verdict = _guard().judge(visit, _mode(), here.now())
    if verdict.fate is Fate.DROP:
        return
    terms = Terms(pace(here.settings), verdict.due, role_addresses.is_role(ask.address))
    try:
        signup.request(session, ask, origin, settings=here.settings, now=here.now(), terms=terms)
        session.commit()
    except Exception:
        _guard().take_back(visit)
        raise


def _mode() -> str:
    return site.get(db.session(), installation().settings).signup_guard


def _guard() -> Guard:
    return cast(Guard, current_app.extensions[_KEY])
