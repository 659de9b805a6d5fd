"""Seventh step: now, or at a time in the office's time zone. Two people who press Send start one campaign."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console import audience_words
from app.console.acting import note
from app.console.campaign_approval import approve_as_shown, shown_content, why_not_approve
from app.console.campaign_checks import look_at, open_points
from app.console.campaign_flow import (
    LAUNCH,
    Standing,
    before_sending,
    begun_words,
    demand_before_sending,
    step_page,
    thing_of,
    to_campaign,
)
from app.console.door import console
from app.db import db
from app.errors import Conflict, Forbidden, Invalid, Problem
from app.models import Campaign
from app.permissions import Permission
from app.services import approval, audience, campaigns, instance, outlook, site
from app.services.audience import Audience
from app.services.locking import read_afresh
from app.services.office_time import FIELD as AT
from app.services.office_time import parse_moment, spell_moment
from app.services.schedule import schedule
from app.web.access import access
from app.web.installation import installation

NOW, LATER = "typed_now", "typed_later"
FIELDS = {NOW, LATER, AT}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a press of a button asks for: `at` is empty for now; `field` is where the number is typed."""

    field: str
    at: str = ""


@console.get("/campaigns/<uuid:public_id>/send")
@access("staff", Permission.SEE)
def campaign_launch(public_id: UUID) -> ResponseReturnValue:
    """What goes to how many; it starts nothing."""
    return _page(before_sending(public_id))


@console.post("/campaigns/<uuid:public_id>/send")
@access("staff", Permission.SEND)
def send_campaign(public_id: UUID) -> ResponseReturnValue:
    """Start it. A second press of the button finds the campaign that the first one started."""
    return _launch(public_id, Wish(NOW))


@console.post("/campaigns/<uuid:public_id>/schedule")
@access("staff", Permission.SEND)
def schedule_campaign(public_id: UUID) -> ResponseReturnValue:
    """Let it start at a time that the office's clocks show."""
    return _launch(public_id, Wish(LATER, request.form.get(AT, "").strip()))


def _launch(public_id: UUID, wish: Wish) -> Response:
    session = db.session()
    campaign = demand_before_sending(public_id)
    standing = Standing.of(campaign)
    at, problems = _moment(wish)
    people = audience.count(session, Audience.of(campaign))
    problems += _forbidden() or _changes(standing, people) or _untyped(wish)
    problems = problems or open_points(campaign, look_at(campaign, standing.content))
    if problems:
        return _page(campaign, problems, wish)
    try:
        _start(campaign, at, people)
    except (Invalid, Forbidden) as refused:
        session.rollback()
        found = list(refused.problems) if isinstance(refused, Invalid) else [Problem(str(refused))]
        return _page(campaign, [Problem(problem.message) for problem in found], wish)
    except Conflict as refused:
        session.rollback()
        if campaign.state not in approval.BEFORE_SENDING:
            return to_campaign(campaign, begun_words(campaign))
        return _page(campaign, [Problem(str(refused))], wish)
    session.commit()
    return to_campaign(campaign, _begun_words() if at is None else _scheduled_words(at))


def _start(campaign: Campaign, at: datetime | None, people: int) -> None:
    """Approve, if that is still to be done, and send or schedule, in one transaction.

    The rows are locked before the audit log is, as everywhere. Whether the statement was sent before was asked when
    this campaign was begun, so it is meant again here.
    """
    session, here = db.session(), installation()
    read_afresh(session, campaign)
    read_afresh(session, campaign.statement)
    if campaign.state in approval.BEFORE_SENDING and not approval.is_current(session, here.press, campaign):
        if why_not := why_not_approve(campaign):
            raise Forbidden(f"{_('It is not approved.')} {why_not}")
        approve_as_shown(campaign)
    if at is None:
        campaigns.send(session, here.press, campaign, now=here.now(), again=True)
        note("campaign.send", thing_of(campaign), people=people)
    else:
        schedule(session, here.press, campaign, at=at, again=True)
        note("campaign.schedule", thing_of(campaign), people=people, at=at.isoformat())


def _moment(wish: Wish) -> tuple[datetime | None, list[Problem]]:
    """The time that was typed, or what is wrong with it."""
    if wish.field == NOW:
        return None, []
    if not wish.at:
        return None, [Problem(_("Choose the day and the time at which it shall be sent."), field=AT)]
    try:
        return parse_moment(wish.at, _zone(), now=installation().now()), []
    except Invalid as refused:
        return None, list(refused.problems)


def _forbidden() -> list[Problem]:
    """A copy of the installation sends nothing."""
    refusal = instance.may_send(db.session(), installation().settings)
    return [Problem(refusal)] if refusal else []


def _changes(standing: Standing, now: int) -> list[Problem]:
    """What is different from the page on which the button was pressed."""
    problems = list(standing.problems)
    if not problems and standing.content != shown_content():
        words = _("The mail or its audience was changed after you opened this page. Look at it again, then send it.")
        problems.append(Problem(words))
    seen = request.form.get("people", -1, type=int)
    if seen < 0 or outlook.is_other_audience(seen, now):
        words = _(
            "The number of people changed after you opened this page. It is now %(now)s. If that is right, send again.",
            now=f"{now:,}",
        )
        problems.append(Problem(words))
    return problems


def _untyped(wish: Wish) -> list[Problem]:
    """Many people are not written to by a slip of the hand: their number has to be typed."""
    people = request.form.get("people", -1, type=int)
    if people <= _confirm_above() or re.sub(r"[\s.,'’]", "", request.form.get(wish.field, "")) == str(people):
        return []
    return [Problem(_("Type the number of people, %(number)s, to confirm.", number=f"{people:,}"), field=wish.field)]


def _confirm_above() -> int:
    return site.get(db.session(), installation().settings).confirm_above


def _undo_seconds() -> int:
    return site.get(db.session(), installation().settings).undo_seconds


def _begun_words() -> str:
    """What pressing Send has done."""
    seconds = _undo_seconds()
    if not seconds:
        return str(_("Sending has begun."))
    return str(_("The first mail leaves in %(seconds)d seconds. Until then you can undo it.", seconds=seconds))


def _scheduled_words(at: datetime) -> str:
    return str(_("It will be sent on %(moment)s.", moment=spell_moment(at, _zone())))


def _zone() -> ZoneInfo:
    return ZoneInfo(installation().settings.office_timezone)


def _page(campaign: Campaign, problems: Sequence[Problem] = (), wish: Wish | None = None) -> Response:
    """Always with the count and the content of this moment."""
    standing = Standing.of(campaign)
    found = [problem if problem.field in FIELDS else Problem(problem.message) for problem in problems]
    count = audience.count(db.session(), Audience.of(campaign)) if campaign.topics else 0
    why_not = "" if standing.is_approved else why_not_approve(campaign)
    return step_page(
        "console/campaign_launch.html",
        LAUNCH,
        campaign,
        found,
        standing=standing,
        why_not=why_not,
        stops=_what_stops(campaign, standing, count, why_not),
        audience=audience_words.of_campaign(campaign) if campaign.topics else "",
        count=count,
        must_type=count > _confirm_above(),
        at=wish.at if wish is not None else "",
        zone=_zone().key,
        undo_seconds=_undo_seconds(),
    )


def _what_stops(campaign: Campaign, standing: Standing, count: int, why_not: str) -> list[str]:
    """Why there is no button to send with; nothing if there is one."""
    said = [problem.message for problem in [*standing.problems, *_forbidden()]]
    if not count:
        said.append(_("Nobody would get it: choose another audience."))
    said += [problem.message for problem in open_points(campaign, look_at(campaign, standing.content))]
    if why_not:
        said.append(f"{_('It is not approved.')} {why_not}")
    return said
