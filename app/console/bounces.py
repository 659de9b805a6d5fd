"""What came back, over time and by provider, and the decisions that are asked of staff about it."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.acting import note
from app.console.bounce_words import doubt_words, group_words
from app.console.chart_answer import asked_look, asked_size, short_day, svg_answer
from app.console.door import SEE_OTHER, console, safe_target, staff
from app.db import db
from app.errors import Invalid
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, Doubt, DoubtDecision
from app.permissions import Permission
from app.services import came_back, charts, conclusions, mailroom
from app.services.audit import Thing
from app.services.came_back import CameBack
from app.web.access import access
from app.web.installation import installation

_MOST_PROVIDERS = 20


@console.context_processor
def show_doubts() -> dict[str, Callable[..., object]]:
    """Let the console's templates ask what is doubted, of one campaign or at all, and how many reports wait."""
    return {"doubts_of": _doubts_of, "doubt_words": doubt_words, "reports_waiting": _reports_waiting}


def _doubts_of(campaign: Campaign | None = None) -> Sequence[Doubt]:
    found = conclusions.open_doubts(db.session())
    return [one for one in found if campaign is None or one.campaign_id == campaign.id]


def _reports_waiting() -> int:
    return mailroom.number_for_review(db.session())


@console.get("/bounces")
@access("staff", Permission.SEE)
def show_bounces() -> ResponseReturnValue:
    """The last weeks in numbers, without anybody's address."""
    found = _count()
    return render_template(
        "console/bounces.html",
        found=found,
        groups=group_words(),
        providers=found.providers[:_MOST_PROVIDERS],
        more=max(0, len(found.providers) - _MOST_PROVIDERS),
    )


@console.get("/bounces.svg")
@access("staff", Permission.SEE)
def show_bounces_chart() -> ResponseReturnValue:
    """The weeks as a chart."""
    weeks = _count().weeks
    series = [(words[0], [week[1].get(group, 0) for week in weeks]) for group, words in group_words().items()]
    labels = [short_day(week[0]) for week in weeks]
    title = _("What came back by week")
    return svg_answer(charts.bars(labels, series, title=title, look=asked_look(), size=asked_size()))


@console.post("/bounces/decide")
@access("staff", Permission.SEND)
def decide_doubt() -> ResponseReturnValue:
    """Believe that the readers of a provider are gone, or forgive its refusals."""
    session = db.session()
    try:
        decision = DoubtDecision(request.form.get("decision", ""))
    except ValueError:
        raise Invalid(_("Choose whether you believe it or not.")) from None
    number = request.form.get("doubt", 0, type=int)
    doubt = conclusions.decide(session, number, decision, now=installation().now(), by=staff().id)
    thing = Thing("provider", doubt.provider[:64], doubt.provider)
    note(f"doubt.{decision}", thing, refused=doubt.refused, attempts=doubt.attempts)
    session.commit()
    if decision is DoubtDecision.BELIEVE:
        flash(_("These addresses at %(provider)s are not written to any more.", provider=doubt.provider))
    else:
        flash(_("The readers at %(provider)s keep their place.", provider=doubt.provider))
    return redirect(safe_target(request.form.get("next", "")), SEE_OTHER)


def _count() -> CameBack:
    here = installation()
    known = MailboxProviders.from_settings(here.settings)
    return came_back.count(db.session(), known, ZoneInfo(here.settings.office_timezone), now=here.now())
