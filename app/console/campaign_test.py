"""Fifth step: the real mail, to colleagues only, marked as a test."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.console.acting import note
from app.console.audience_words import english_name
from app.console.campaign_flow import (
    TEST,
    Standing,
    before_sending,
    demand_before_sending,
    on_to,
    step_page,
    thing_of,
)
from app.console.door import console, staff
from app.db import db
from app.errors import Invalid, Problem
from app.models import Campaign, LetterState
from app.permissions import Permission
from app.services import languages, proof_mail
from app.web.access import access
from app.web.installation import installation

FIELDS = {"members", "language"}


@console.get("/campaigns/<uuid:public_id>/test")
@access("staff", Permission.SEE)
def campaign_test(public_id: UUID) -> ResponseReturnValue:
    """To whom a test may go, and what became of those that went."""
    campaign = before_sending(public_id)
    unseen = proof_mail.unseen(db.session(), campaign, Standing.of(campaign).content)
    return _page(campaign, [staff().id], (unseen or languages.tags(campaign.statement))[0])


@console.post("/campaigns/<uuid:public_id>/test")
@access("staff", Permission.WRITE)
def send_campaign_test(public_id: UUID) -> ResponseReturnValue:
    """Queue test mails for those who were chosen."""
    session, here = db.session(), installation()
    campaign = demand_before_sending(public_id)
    ids = request.form.getlist("members", type=int)
    language = request.form.get("language", "") or languages.tags(campaign.statement)[0]
    chosen = [member for member in proof_mail.colleagues(session) if member.id in ids]
    try:
        queued = proof_mail.send(session, here.press, campaign, chosen, language=language, now=here.now())
    except Invalid as refused:
        session.rollback()
        problems = [p if p.field in FIELDS else Problem(p.message) for p in refused.problems]
        return _page(campaign, ids, language, problems)
    note("campaign.test", thing_of(campaign), to=[member.email for member in chosen], language=language)
    session.commit()
    number = len(queued)
    words = ngettext("The test is on its way to %(num)d person.", "The test is on its way to %(num)d people.", number)
    return on_to(TEST, campaign, words)


def letter_words(state: LetterState) -> tuple[str, str]:
    """What became of a letter to staff, and the colour of its badge."""
    return {
        LetterState.QUEUED: (_("Waiting"), ""),
        LetterState.SENDING: (_("Being sent"), ""),
        LetterState.SENT: (_("Sent"), "success"),
        LetterState.FAILED: (_("Not sent"), "danger"),
        LetterState.UNKNOWN: (_("Not known; ask whether it arrived, or send another one"), "warning"),
    }[state]


def _page(campaign: Campaign, chosen: Sequence[int], language: str, problems: Sequence[Problem] = ()) -> Response:
    standing = Standing.of(campaign)
    tags = languages.tags(campaign.statement)
    colleagues = proof_mail.colleagues(db.session())
    return step_page(
        "console/campaign_test.html",
        TEST,
        campaign,
        problems,
        standing=standing,
        colleagues=[(one.id, one.name or one.email, one.email if one.name else "") for one in colleagues],
        chosen=chosen,
        language=language,
        languages=[(tag, english_name(tag)) for tag in tags],
        unseen=[english_name(tag) for tag in proof_mail.unseen(db.session(), campaign, standing.content)],
        letters=[
            (letter, letter_words(letter.state), letter.content_hash == standing.content, english_name(letter.language))
            for letter in proof_mail.listed(db.session(), campaign)
        ],
    )
