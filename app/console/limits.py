"""How often somebody may try: a password, a code, a passkey, a mailed link, or to have a link mailed.

Counted in Redis; without Redis in each process by itself, and the log says so. What counts is what failed, and the wait
grows: a minute after ten failures, then an hour, then a day. It is counted for an account in one network, for a whole
network, and less strictly for an account wherever it is tried; but not where its owner signed in lately, so that
strangers, however many, keep nobody out.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, request

from app.db import db
from app.errors import Invalid
from app.mail.address import EmailAddress
from app.services.access import accounts
from app.web.installation import installation, network, network_of
from app.web.limiting import limiter_of, whole_network

RETRY_AFTER = 60
KNOWN_FOR = timedelta(days=30)
TRIES = "10 per minute; 30 per hour; 100 per day"
TRIES_ANYWHERE = "100 per hour"
TRIES_OF_NETWORK = "60 per minute; 600 per hour"
MAILS = "5 per hour"
MAILS_OF_NETWORK = "30 per hour"
LINK_CHECKS = "6 per minute; 60 per hour"
_FAILURES = frozenset({400, 401, 403, 404, 410})


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a view may be asked by whoever has the same key; only failures count, unless `counts_all`.

    Nothing is limited where `unless` says so.
    """

    view: str
    tries: str
    key: Callable[[], str]
    counts_all: bool = False
    unless: Callable[[], bool] | None = None


def install(app: Flask) -> None:
    """Guard the views of an application whose console is registered."""
    limiter = limiter_of(app)
    for limit in LIMITS:
        name = f"console.{limit.view}"
        view: Callable[..., Any] = app.view_functions[name]
        counted = None if limit.counts_all else _failed
        app.view_functions[name] = limiter.limit(
            limit.tries, key_func=limit.key, deduct_when=counted, exempt_when=limit.unless
        )(view)


def wait_seconds(app: Flask) -> int:
    """After how many seconds whoever was refused in this request may try again."""
    reached = [limit for limit in limiter_of(app).current_limits if limit.breached]
    return max((int(limit.reset_at - time.time()) for limit in reached), default=RETRY_AFTER) or RETRY_AFTER


def account_and_network() -> str:
    """One account from one network, hashed, so that no address stands in Redis or in a log."""
    return _hashed(f"{_identity()}\n{network()}")


def account() -> str:
    """One account, wherever it is tried from."""
    return _hashed(_identity())


def is_where_its_owner_was() -> bool:
    """Whether somebody signed in to this account from this network within a month."""
    since = installation().now() - KNOWN_FOR
    places = accounts.came_from(db.session(), request.form.get("email", ""), since=since)
    return network() in map(network_of, places)


def member() -> str:
    """Whoever is signed in, or has shown their password; else their network."""
    entry = g.get("entry") or g.get("entering")
    return f"staff {entry.staff_member_id}" if entry else whole_network()


LIMITS = (
    Limit("try_to_sign_in", TRIES_OF_NETWORK, whole_network),
    Limit("try_to_sign_in", TRIES, account_and_network),
    Limit("try_to_sign_in", TRIES_ANYWHERE, account, unless=is_where_its_owner_was),
    Limit("try_second_step", TRIES, member),
    Limit("try_passkey", TRIES_OF_NETWORK, whole_network),
    Limit("try_to_prove", TRIES, member),
    Limit("change_password", TRIES, member),
    Limit("ask_for_reset", MAILS, account_and_network, counts_all=True),
    Limit("ask_for_reset", MAILS_OF_NETWORK, whole_network, counts_all=True),
    Limit("check_links", LINK_CHECKS, member, counts_all=True),
    Limit("show_link", TRIES_OF_NETWORK, whole_network),
    Limit("accept_link", TRIES_OF_NETWORK, whole_network),
)


def _identity() -> str:
    typed = request.form.get("email", "")
    try:
        return EmailAddress.parse(typed).identity
    except Invalid:
        return typed.strip().lower()


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _failed(response: Response) -> bool:
    return response.status_code in _FAILURES
