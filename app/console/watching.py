"""Campaigns as staff watch them: the list, and one campaign with its progress or report."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import report_words
from app.console.audit_words import action_words
from app.console.chart_answer import asked_look, asked_size, svg_answer
from app.console.door import SEE_OTHER, console
from app.console.words import campaign_words, delivery_words, done_words, reply_words
from app.db import db
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, CampaignState, DeliveryState
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.permissions import Permission
from app.services import (
    approval,
    audit_log,
    campaign_search,
    campaigns,
    charts,
    deliveries,
    follow_up,
    holds,
    reports,
    site,
    unknowns,
)
from app.services.campaign_search import Search
from app.services.campaigns import Progress
from app.services.follow_up import Whom
from app.services.office_time import spell_time
from app.services.outlook import OVER
from app.web.access import access
from app.web.installation import installation


@console.get("/campaigns")
@access("staff", Permission.SEE)
def list_campaigns() -> ResponseReturnValue:
    """All campaigns, newest first, narrowed down by words and state."""
    session = db.session()
    wanted = request.args.get("state", "")
    meant = Search(request.args.get("q", ""), CampaignState(wanted) if wanted in list(CampaignState) else None)
    found = campaign_search.search(session, meant, request.args.get("page", 1, type=int))
    return render_template(
        "console/campaigns.html",
        rows=[(campaign, campaigns.progress(session, campaign)) for campaign in found.campaigns],
        found=found,
        words=meant.words,
        chosen=wanted,
        states=[(state.value, campaign_words(state)[0]) for state in CampaignState],
        is_on=bool(meant.words.strip() or meant.state),
    )


@console.get("/campaigns/<uuid:public_id>")
@access("staff", Permission.SEE)
def show_campaign(public_id: UUID) -> ResponseReturnValue:
    """How far it is, counted from the ledger, and in the end the report; what is being prepared is gone on with."""
    session, here = db.session(), installation()
    campaign = campaigns.get(session, public_id)
    if campaign.state in approval.BEFORE_SENDING:
        return redirect(url_for("console.prepare_campaign", public_id=public_id), SEE_OTHER)
    progress = campaigns.progress(session, campaign)
    is_over = campaign.state in OVER
    return render_template(
        "console/campaign.html",
        campaign=campaign,
        progress=progress,
        rows=_rows(progress),
        is_over=is_over,
        allowed={event.value: CAMPAIGN.allows(campaign.state, event) for event in CampaignEvent},
        done=done_words(progress),
        undo_left=campaigns.undo_left(campaign, here.now()),
        held_names=_held_names(campaign),
        pace="" if is_over else _pace(campaign, progress),
        action_words=action_words,
        story=audit_log.about(session, "campaign", str(public_id), limit=20),
        **_unsure(campaign),
        **_report(campaign),
    )


@console.get("/campaigns/<uuid:public_id>/progress")
@access("staff", Permission.SEE)
def show_progress(public_id: UUID) -> ResponseReturnValue:
    """The same figures for the script that keeps the page fresh."""
    campaign = campaigns.get(db.session(), public_id)
    progress = campaigns.progress(db.session(), campaign)
    return jsonify(
        state=progress.state.value,
        state_words=campaign_words(progress.state)[0],
        total=progress.total,
        done=progress.done,
        percent=progress.percent,
        words=done_words(progress),
        pace=_pace(campaign, progress),
        trouble=progress.trouble,
        undo_left=campaigns.undo_left(campaign, installation().now()),
        held=_held_names(campaign),
        numbers={row["state"]: row["number"] for row in _rows(progress)},
    )


@console.get("/campaigns/<uuid:public_id>/chart.svg")
@access("staff", Permission.SEE)
def show_campaign_chart(public_id: UUID) -> ResponseReturnValue:
    """When its messages were accepted, as a picture; the page says the same in a table."""
    line = reports.timeline(db.session(), campaigns.get(db.session(), public_id))
    title = report_words.chart_title(line.step)
    labels = [_short(span, line) for span, _ in line.bars]
    numbers = [number for _, number in line.bars]
    return svg_answer(charts.bars(labels, [(title, numbers)], title=title, look=asked_look(), size=asked_size()))


def _report(campaign: Campaign) -> dict[str, Any]:
    """What a report says beyond the states; while it is sent, only why messages are not accepted."""
    session = db.session()
    found: dict[str, Any] = {
        "reasons": deliveries.reasons(session, campaign),
        "refusals": [(one, *reply_words(one.reply_class)) for one in reports.refusals(session, campaign)],
        "providers": reports.providers(session, campaign, MailboxProviders.from_settings(installation().settings)),
    }
    if campaign.state in OVER:
        line = reports.timeline(session, campaign)
        found["since"] = reports.since(session, campaign)
        found["may_repeat"] = follow_up.is_for_anybody(session, campaign, Whom.FAILED)
        found["bars"] = [
            (_long(span), span.isoformat(), (span + line.step).isoformat(), number) for span, number in line.bars
        ]
        found["chart_title"] = report_words.chart_title(line.step)
    return found


def _pace(campaign: Campaign, progress: Progress) -> str:
    if progress.state is not CampaignState.SENDING:
        return ""
    return report_words.pace_words(reports.pace(db.session(), campaign, progress, now=installation().now()))


def _unsure(campaign: Campaign) -> dict[str, Any]:
    """How much is unknown, what is done about it, and what may be decided."""
    here = installation()
    found = unknowns.look(db.session(), site.applied(db.session(), here.settings), campaign)
    return {
        "unsure": unknowns.describe(found, _zone(), now=here.now()),
        "unknown": found,
        "may_resend": bool(found.waiting) and campaign.state is not CampaignState.CANCELLED,
    }


def _held_names(campaign: Campaign) -> str:
    """The providers that hold it up, by which a page knows that this has changed."""
    return " ".join(sorted(holds.held_providers(db.session(), campaign.id)))


def _zone() -> ZoneInfo:
    return ZoneInfo(installation().settings.office_timezone)


def _short(span: Any, line: reports.Timeline) -> str:
    """What stands under a bar: the time of day, or the day."""
    local = span.astimezone(_zone())
    return f"{local:%H:%M}" if line.step.days < 1 else f"{local:%-d %b}"


def _long(span: Any) -> str:
    return spell_time(span, _zone(), now=installation().now())


def _rows(progress: Progress) -> list[dict[str, Any]]:
    """The ledger's states with their words. Those that are empty are shown only if readers expect them."""
    expected = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED}
    if progress.state not in OVER:
        expected.add(DeliveryState.QUEUED)
    rows = []
    for state, number in progress.by_state.items():
        label, help_text = delivery_words(state)
        rows.append(
            {
                "state": state.value,
                "label": label,
                "help": help_text,
                "number": f"{number:,}",
                "is_shown": bool(number) or state in expected,
            }
        )
    return rows
