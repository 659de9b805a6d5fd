"""The first page: what goes on now, what waits for whoever looks, how things stand, and the way for a newcomer."""

from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.acting import note
from app.console.chart_answer import asked_look, asked_size, short_day, svg_answer
from app.console.door import SEE_OTHER, console, staff
from app.console.first_step_words import Guide, guides
from app.console.navigation import may
from app.db import db
from app.errors import Invalid
from app.models import StatementState
from app.permissions import Permission
from app.services import (
    campaigns,
    charts,
    desk,
    first_steps,
    growth,
    health_report,
    outlook,
    reader_count,
    statements,
)
from app.services.first_steps import TICK, TICKED
from app.services.growth import Week
from app.services.statements import Search
from app.web.access import access
from app.web.installation import installation

SHOWN = 5


@console.get("/")
@access("staff", Permission.SEE)
def overview() -> ResponseReturnValue:
    """All of it on one page."""
    session, here = db.session(), installation()
    written = statements.newest(session, SHOWN)
    return render_template(
        "console/overview.html",
        under_way=[(campaign, campaigns.progress(session, campaign)) for campaign in campaigns.under_way(session)],
        desk=desk.of(session, here.settings, staff()),
        last=desk.last(session),
        statements=written,
        subscribers=reader_count.confirmed(session, here.settings),
        guides=_guides(),
        weeks=_weeks(),
        health=health_report.examine(session, here.settings, now=here.now()),
    )


@console.get("/growth.svg")
@access("staff", Permission.SEE)
def show_growth() -> ResponseReturnValue:
    """The weeks as a chart."""
    weeks = _weeks()
    series = [
        (_("Confirmed"), [week.confirmed for week in weeks]),
        (_("Left"), [week.left for week in weeks]),
        (_("Address lost"), [week.bounced for week in weeks]),
    ]
    labels = [short_day(week.monday) for week in weeks]
    return svg_answer(charts.bars(labels, series, title=_("Subscribers by week"), look=asked_look(), size=asked_size()))


@console.post("/first-steps")
@access("staff", Permission.CHANGE_SETTINGS)
def tick_first_step() -> ResponseReturnValue:
    """Call a step done that there is nothing to change about."""
    step = request.form.get("step", "")
    if step not in {name.value for name in TICKED}:
        raise Invalid(_("This step is done by doing it."))
    note(TICK, step=step)
    db.session.commit()
    flash(_("Noted."))
    return redirect(url_for("console.overview"), SEE_OTHER)


def _weeks() -> list[Week]:
    here = installation()
    return list(growth.weeks(db.session(), ZoneInfo(here.settings.office_timezone), now=here.now()))


def _guides() -> list[Guide]:
    """The steps that a newcomer has before them; none once something was sent, nor for those who only look on."""
    if not may(Permission.WRITE):
        return []
    session, here = db.session(), installation()
    steps = first_steps.look(session, here.settings, staff())
    if not steps:
        return []
    drafts = statements.search(session, Search(state=StatementState.DRAFT)).statements
    ready = statements.search(session, Search(state=StatementState.PUBLISHED)).statements
    begun = outlook.unfinished(session, ready[0]) if ready else None
    return guides(steps, drafts[0] if drafts else None, ready[0] if ready else None, begun)
