"""The service as staff have set it: what stands in `site_settings`, and the installation's own decisions elsewhere."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.models import SiteSetting, StaffMember
from app.services.editions import Press
from app.services.site_options import FOOTER, Option, options, read
from app.settings import Settings, mailbox


@dataclass(frozen=True, slots=True)
class Site:
    """All that staff may change, as it is now.

    `reply_to` may be empty: then answers go to the contact address. `footer_texts` are by language, only those that
    there are. Sending to more than `confirm_above` people asks for their number. The `most_per_…` lower the limits of
    each relay; 0 leaves them. `signup_guard` says whether the sign-up form guards itself as under attack: auto, on or
    off. The `keep_…_days` say how long unconfirmed sign-ups, single deliveries, and the words of
    mail servers are kept.
    """

    sender_name: str
    reply_to: str
    footer_texts: Mapping[str, str]
    default_language: str
    four_eyes: bool
    confirm_above: int
    undo_seconds: int
    unknown: str
    unknown_after_minutes: int
    most_per_second: int
    most_per_hour: int
    most_per_day: int
    signup_guard: str
    require_second_factor: bool
    keep_requests_days: int
    keep_deliveries_days: int
    keep_replies_days: int

    def footer_text(self, language: str) -> str:
        """The sentence in the footer of statements in a language: its own, or that of the default language."""
        return self.footer_texts.get(language) or self.footer_texts.get(self.default_language, "")


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that was changed."""

    option: Option
    before: Any
    after: Any


def get(session: Session, settings: Settings) -> Site:
    """What holds now; one SELECT."""
    found = values(session, settings)
    footers = {name.removeprefix(FOOTER): found.pop(name) for name in list(found) if name.startswith(FOOTER)}
    texts = {language: text for language, text in footers.items() if text}
    return Site(**found, footer_texts=texts, default_language=settings.languages[0])


def values(session: Session, settings: Settings) -> dict[str, Any]:
    """Each option's value by its name."""
    rows = session.execute(select(SiteSetting.name, SiteSetting.value)).all()
    stored = {row.name: row.value for row in rows}
    return {option.name: stored.get(option.name, option.default(settings)) for option in options(settings)}


def seal(found: Mapping[str, Any]) -> str:
    """The same for the same values: a form holds it, so that nobody overwrites what they haven't seen."""
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:20]


def change(
    session: Session, settings: Settings, typed: Mapping[str, str], *, now: datetime, by: StaffMember | None
) -> Sequence[Change]:
    """Keep what was typed where it differs from what holds; gives what was changed.

    What is set back to the installation's own value is forgotten, so that it follows that again. Raises Invalid with
    a problem for each field that can't be used; then nothing is changed.
    """
    before = values(session, settings)
    after, problems = _read(options(settings), typed, before)
    if problems:
        raise Invalid(*problems)
    changes = [
        Change(option, before[option.name], after[option.name])
        for option in options(settings)
        if after[option.name] != before[option.name]
    ]
    for one in changes:
        _keep(session, one, is_default=one.after == one.option.default(settings), now=now, by=by)
    session.flush()
    return changes


def applied(session: Session, settings: Settings) -> Settings:
    """The installation's settings with what staff have set in its place."""
    return _applied(get(session, settings), settings)


def press(session: Session, given: Press) -> Press:
    """A press that works with what staff have set: the sender's name, where answers go, footers, time to undo."""
    site = get(session, given.settings)
    branding = replace(given.branding, footer_text=site.footer_text(site.default_language))
    return replace(given, settings=_applied(site, given.settings), branding=branding, footers=site.footer_texts)


def _applied(site: Site, settings: Settings) -> Settings:
    sender = mailbox(settings.statements_from)
    return settings.model_copy(
        update={
            "statements_from": str(Address(site.sender_name, sender.username, sender.domain)),
            "reply_to": site.reply_to,
            "footer_text": site.footer_text(site.default_language),
            "undo_seconds": site.undo_seconds,
            "unknown": site.unknown,
            "unknown_after_minutes": site.unknown_after_minutes,
            "relays": tuple(
                relay.lowered(per_second=site.most_per_second, per_hour=site.most_per_hour, per_day=site.most_per_day)
                for relay in settings.relays
            ),
        }
    )


def _read(
    all_options: Sequence[Option], typed: Mapping[str, str], before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """What was typed, read; a field that wasn't sent stays as it is."""
    after, problems = dict(before), list[Problem]()
    for option in all_options:
        if option.name not in typed:
            continue
        try:
            after[option.name] = read(option, typed[option.name])
        except Invalid as error:
            problems += error.problems
    return after, problems


def _keep(session: Session, one: Change, *, is_default: bool, now: datetime, by: StaffMember | None) -> None:
    if is_default:
        session.execute(delete(SiteSetting).where(SiteSetting.name == one.option.name))
        return
    row = {"value": one.after, "changed_at": now, "changed_by_id": by.id if by is not None else None}
    insertion = insert(SiteSetting).values(name=one.option.name, **row)
    session.execute(insertion.on_conflict_do_update(index_elements=[SiteSetting.name], set_=row))
