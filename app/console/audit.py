"""The audit log: who did what, when and to which object; filtered, exported, and checked for gaps."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.audit_words import action_words, actions, details_words
from app.console.door import console
from app.console.download import csv_answer, demand_export
from app.console.navigation import has_page
from app.console.person_key import person_key
from app.db import db
from app.errors import Problem
from app.models import AuditEntry
from app.permissions import Permission
from app.services import audit, audit_log, consent_chain
from app.services.audit_log import Filters
from app.web.access import access
from app.web.installation import installation

CHECKED = 1000
MOST_STEPS = 100_000
"""So many steps of consent are checked within a request; `communique consent verify` checks all of them."""
_HEADER = ("at", "who", "action", "words", "object type", "object id", "object", "details", "network")
_PAGES = {
    "campaign": ("console.show_campaign", "public_id"),
    "statement": ("console.show_statement", "statement_id"),
    "subscriber": ("console.show_subscriber", "person"),
    "topic": ("console.show_topic", "slug"),
}
_LONGEST = 200
_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as somebody typed it, what it means, and what is wrong with it."""

    typed: Mapping[str, str]
    filters: Filters
    problems: tuple[Problem, ...]


@console.get("/audit")
@access("staff", Permission.SEE_AUDIT)
def show_audit() -> ResponseReturnValue:
    """A page of the log, and whether it and that of consent are whole; `?check=all` looks at all there ever was."""
    session, asked = db.session(), _asked(request.args)
    is_all = request.args.get("check") == "all" or audit_log.total(session) <= CHECKED
    found = audit_log.search(session, asked.filters, request.args.get("page", 1, type=int))
    gaps = list(audit.broken(session, newest=None if is_all else CHECKED))
    most = MOST_STEPS if request.args.get("check") == "all" else CHECKED
    steps = most if consent_chain.total(session) > most else None
    return render_template(
        "console/audit.html",
        found=found,
        typed=asked.typed,
        problems=asked.problems,
        is_filtered=asked.filters.is_any,
        actions=actions(),
        action_words=action_words,
        details_words=details_words,
        address_of=_address_of,
        gaps=gaps,
        checked=0 if is_all else CHECKED,
        consent=consent_chain.check(session, newest=steps),
        checked_steps=steps,
        is_more=request.args.get("check") == "all",
    )


@console.post("/audit/export")
@access("staff", Permission.EXPORT)
def export_audit() -> ResponseReturnValue:
    """The entries that are meant, as CSV; that is written down as well."""
    asked = _asked(request.form)
    said = {name: text for name, text in asked.typed.items() if text}
    refused = demand_export("audit.export", filters=said)
    if refused is not None:
        return refused
    name = f"audit-{installation().now():%Y-%m-%d}.csv"
    return csv_answer(name, _HEADER, _rows(audit_log.everything(db.session(), asked.filters)))


def _asked(source: Mapping[str, str]) -> Asked:
    """Read the filter; a day that can't be read is left out, and the page says so."""
    typed = {name: source.get(name, "").strip()[:_LONGEST] for name in ("who", "action", "thing", "since", "until")}
    problems: list[Problem] = []
    days = {name: _day(typed[name], name, problems) for name in ("since", "until")}
    until = days["until"]
    filters = Filters(
        who=typed["who"],
        action=typed["action"],
        thing=typed["thing"],
        since=_begin(days["since"]),
        until=_begin(until + timedelta(days=1)) if until is not None else None,
    )
    return Asked(typed, filters, tuple(problems))


def _day(text: str, name: str, problems: list[Problem]) -> date | None:
    if not text:
        return None
    day = None
    with suppress(ValueError):
        day = date.fromisoformat(text)
    if day is not None and _EARLIEST <= day <= _LATEST:
        return day
    problems.append(Problem(_("“%(text)s” is no day. Write it like 2026-12-01.", text=text), name))
    return None


def _begin(day: date | None) -> datetime | None:
    """The moment at which a day begins in the office."""
    zone = ZoneInfo(installation().settings.office_timezone)
    return datetime.combine(day, time(), zone) if day is not None else None


def _address_of(entry: AuditEntry) -> str:
    """The page of the object that an entry is about; empty if there is none."""
    endpoint, name = _PAGES.get(entry.object_type, ("", ""))
    if not endpoint or not entry.object_id or not has_page(endpoint):
        return ""
    value: Any = int(entry.object_id) if entry.object_id.isdecimal() else entry.object_id
    if name == "person":
        value = person_key(int(value))
    return url_for(endpoint, **{name: value})


def _rows(entries: Iterator[AuditEntry]) -> Iterator[tuple[object, ...]]:
    for entry in entries:
        yield (
            entry.at,
            entry.who,
            entry.action,
            action_words(entry.action),
            entry.object_type,
            entry.object_id,
            entry.object_name,
            json.dumps(entry.details, ensure_ascii=False) if entry.details else "",
            entry.network,
        )
