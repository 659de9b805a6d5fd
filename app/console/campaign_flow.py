"""The way from a statement to its sending: seven steps, each a page of its own that is saved by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from app.console.door import SEE_OTHER
from app.db import db
from app.errors import Invalid, Problem
from app.models import Campaign, CampaignState
from app.services import approval, campaigns, proof_mail
from app.services.audit import Thing
from app.web.installation import installation

STATEMENT, AUDIENCE, CONTENT, CHECKS, TEST, APPROVAL, LAUNCH = STEPS = (
    "console.campaign_statement",
    "console.campaign_audience",
    "console.campaign_content",
    "console.campaign_checks",
    "console.campaign_test",
    "console.campaign_approval",
    "console.campaign_launch",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a campaign stands before it is sent.

    `content` is the hash of what would be sent, empty if it can't be rendered; then `problems` say why.
    """

    content: bytes
    problems: Sequence[Problem]
    is_tested: bool
    is_approved: bool
    is_in_review: bool
    has_topics: bool

    @classmethod
    def of(cls, campaign: Campaign) -> "Standing":
        """As it is now."""
        session, content = db.session(), b""
        problems: Sequence[Problem] = ()
        try:
            content = approval.content_hash(session, installation().press, campaign)
        except Invalid as refused:
            problems = refused.problems
        return cls(
            content=content,
            problems=problems,
            is_tested=bool(content) and not proof_mail.unseen(session, campaign, content),
            is_approved=campaign.state is CampaignState.APPROVED and campaign.approved_hash == content,
            is_in_review=campaign.state is CampaignState.IN_REVIEW,
            has_topics=bool(campaign.topics),
        )

    @property
    def done(self) -> dict[str, bool]:
        """Which steps need nothing more; what was handed in has passed its checks."""
        return {
            STATEMENT: True,
            AUDIENCE: self.has_topics,
            CONTENT: not self.problems,
            CHECKS: self.is_approved or self.is_in_review,
            TEST: self.is_tested,
            APPROVAL: self.is_approved,
            LAUNCH: False,
        }

    @property
    def first_open(self) -> str:
        """The step at which to go on."""
        if self.is_in_review:
            return APPROVAL
        return LAUNCH if self.is_approved else next(step for step in STEPS if not self.done[step])


def labels() -> dict[str, str]:
    """The steps' names, in their order."""
    return {
        STATEMENT: _("Statement"),
        AUDIENCE: _("Audience"),
        CONTENT: _("Words"),
        CHECKS: _("Checks"),
        TEST: _("Test"),
        APPROVAL: _("Approval"),
        LAUNCH: _("Send"),
    }


def way(here: str, campaign: Campaign | None = None, standing: Standing | None = None) -> list[dict[str, Any]]:
    """The steps for the head of a page; before there is a campaign they lead nowhere."""
    done = standing.done if standing is not None else {}
    return [
        {
            "words": words,
            "url": url_for(step, public_id=campaign.public_id) if campaign is not None else "",
            "is_done": done.get(step, False) and step != here,
            "is_current": step == here,
        }
        for step, words in labels().items()
    ]


def before_sending(public_id: UUID) -> Campaign:
    """The campaign, as long as it is being prepared; later its own page is shown instead."""
    campaign = campaigns.get(db.session(), public_id)
    if campaign.state not in approval.BEFORE_SENDING:
        abort(redirect(url_for("console.show_campaign", public_id=public_id), SEE_OTHER))
    return campaign


def demand_before_sending(public_id: UUID) -> Campaign:
    """The same for a button of a page that is old by now: nothing is changed, and a word says so."""
    campaign = campaigns.get(db.session(), public_id)
    if campaign.state not in approval.BEFORE_SENDING:
        abort(to_campaign(campaign, begun_words(campaign)))
    return campaign


def begun_words(campaign: Campaign) -> str:
    """Why a campaign can't be prepared or sent any more."""
    if campaign.state is CampaignState.SCHEDULED:
        return str(_("This is scheduled already; nothing was changed. Take that back first if you want it otherwise."))
    if campaign.state is CampaignState.CANCELLED:
        return str(_("This campaign was taken back or cancelled meanwhile; nothing was changed."))
    return str(_("This statement was being sent already; it was not sent twice."))


def to_campaign(campaign: Campaign, words: str) -> Response:
    """To the page of a campaign that is under way or over, with a word about why."""
    flash(words)
    return make_response(redirect(url_for("console.show_campaign", public_id=campaign.public_id), SEE_OTHER))


def on_to(step: str, campaign: Campaign, words: str = "") -> Response:
    """To a step, with a word about what was done."""
    if words:
        flash(words)
    return make_response(redirect(url_for(step, public_id=campaign.public_id), SEE_OTHER))


def thing_of(campaign: Campaign) -> Thing:
    """The campaign in the audit log."""
    return Thing("campaign", str(campaign.public_id), campaign.subject)


def step_page(
    template: str, step: str, campaign: Campaign, problems: Sequence[Problem] = (), **values: Any
) -> Response:
    """The page of a step, as things stand now; nothing that was begun is kept.

    `standing` may be given if the view knows it already.
    """
    standing = values.pop("standing", None) or Standing.of(campaign)
    found = list(problems)
    page = render_template(
        template,
        campaign=campaign,
        statement=campaign.statement,
        standing=standing,
        steps=way(step, campaign, standing),
        problems=found,
        **values,
    )
    db.session.rollback()
    return make_response(page, 400 if found else 200)
