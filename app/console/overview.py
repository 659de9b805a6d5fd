"""The first page: what is going on now, and what to do next."""

from collections.abc import Sequence

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import console
from app.db import db
from app.models import Campaign, CampaignState, Statement, StatementState
from app.permissions import Permission
from app.services import audience, campaigns, statements, topics
from app.web.access import access

SHOWN = 5


@console.get("/")
@access("staff", Permission.SEE)
def overview() -> ResponseReturnValue:
    """Campaigns under way, the next step, figures, and what was done last."""
    session = db.session()
    under_way = [(campaign, campaigns.progress(session, campaign)) for campaign in campaigns.under_way(session)]
    written = statements.newest(session)
    started = [campaign for campaign in campaigns.newest(session) if campaign.started_at is not None]
    sent = [campaign for campaign in started if campaign.state is CampaignState.SENT]
    return render_template(
        "console/overview.html",
        under_way=under_way,
        statements=written[:SHOWN],
        sent=[(campaign, campaigns.progress(session, campaign)) for campaign in sent[:SHOWN]],
        subscribers=audience.count(session, [topic.id for topic in topics.every(session)]),
        steps=steps(written, started),
        draft=next((statement for statement in written if statement.state is StatementState.DRAFT), None),
        published=next((statement for statement in written if statement.state is StatementState.PUBLISHED), None),
    )


def steps(written: Sequence[Statement], started: Sequence[Campaign]) -> list[tuple[str, bool]]:
    """The way to the first sending, each step with whether it is done; nothing once the way was gone."""
    if started:
        return []
    is_published = any(statement.state is StatementState.PUBLISHED for statement in written)
    return [
        (_("Write a statement, or import one from a file"), bool(written)),
        (_("Look at its mail and publish it"), is_published),
        (_("Send it to everybody who confirmed their subscription"), False),
    ]
