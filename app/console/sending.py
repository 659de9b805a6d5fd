"""From a published statement to its campaign: one page that says what goes to how many, and one button."""

from dataclasses import dataclass

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import SEE_OTHER, console, staff
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.models import Campaign, CampaignState, Statement, StatementState
from app.permissions import Permission
from app.services import audience, campaigns, instance, outlook, previews, statements
from app.services.previews import Preview
from app.web.access import access
from app.web.installation import installation

UNDER_WAY = (CampaignState.SENDING, CampaignState.PAUSED, CampaignState.SCHEDULED)
LONGEST_LINE = 250
FIELDS = {"subject", "preheader", "again"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page was made from; posted back, so that nobody sends something else than they saw.

    `people` is -1 if a form didn't say it.
    """

    campaign: str
    version: int
    people: int

    @classmethod
    def posted(cls) -> "Seen":
        """As the browser sent it back."""
        form = request.form
        return cls(form.get("campaign", ""), form.get("version", -1, type=int), form.get("people", -1, type=int))

    @classmethod
    def now(cls, statement: Statement, latest: Campaign | None) -> "Seen":
        """As it is now."""
        people = audience.count(db.session(), [topic.id for topic in statement.topics])
        return cls(f"{latest.public_id}:{latest.state}" if latest else "", statement.version, people)


@console.get("/statements/<int:statement_id>/send")
@access("staff", Permission.WRITE)
def prepare_sending(statement_id: int) -> ResponseReturnValue:
    """The page before sending; it starts nothing."""
    statement = statements.get(db.session(), statement_id)
    latest = campaigns.latest(db.session(), statement)
    if statement.state is not StatementState.PUBLISHED:
        flash(_("Publish the statement first; the mail links to its page."))
        return redirect(url_for("console.show_statement", statement_id=statement.id), SEE_OTHER)
    if latest is not None and latest.state in UNDER_WAY:
        return _to_campaign(latest, _under_way_words(latest))
    return _page(statement, latest)


@console.post("/statements/<int:statement_id>/send")
@access("staff", Permission.SEND)
def start_sending(statement_id: int) -> ResponseReturnValue:
    """Look at the mail again with other words, or start. A second press of the button finds the first campaign."""
    session = db.session()
    statement = statements.get(session, statement_id)
    latest = campaigns.latest(session, statement, lock=True)
    seen, now = Seen.posted(), Seen.now(statement, latest)
    if words := _begun_before(latest, seen, now):
        return _to_campaign(latest, words)
    if request.form.get("action") != "send":
        return _page(statement, latest)
    problems = _forbidden() or _changes(seen, now) or _missing(statement)
    if problems:
        return _page(statement, latest, problems)
    try:
        campaign = _start(statement)
    except Invalid as refused:
        session.rollback()
        return _page(statement, latest, refused.problems)
    except Conflict:
        session.rollback()
        return _to_campaign(campaigns.latest(session, statement), _("This statement is being sent already."))
    session.commit()
    return _to_campaign(campaign, _begun_words())


def _begun_words() -> str:
    """What pressing Send has done."""
    seconds = installation().settings.undo_seconds
    if not seconds:
        return str(_("Sending has begun."))
    return str(_("The first mail leaves in %(seconds)d seconds. Until then you can undo it.", seconds=seconds))


def _begun_before(latest: Campaign | None, seen: Seen, now: Seen) -> str:
    """Why this press of the button is one too many; empty if it isn't."""
    if latest is not None and latest.state is CampaignState.SCHEDULED:
        return _under_way_words(latest)
    if latest is not None and now.campaign != seen.campaign and latest.started_at is not None:
        return str(_("This statement was being sent already; it was not sent twice."))
    return ""


def _under_way_words(campaign: Campaign) -> str:
    if campaign.state is CampaignState.SCHEDULED:
        return str(_("This statement is scheduled already. Cancel that first, if you want to send it otherwise."))
    return str(_("This statement is being sent already."))


def _forbidden() -> list[Problem]:
    """A copy of the installation sends nothing."""
    refusal = instance.may_send(db.session(), installation().settings)
    return [Problem(refusal)] if refusal else []


def _start(statement: Statement) -> Campaign:
    """Prepare and send. Raises Conflict if it was begun before, Invalid if it can't be sent so."""
    session, here = db.session(), installation()
    again = _is_meant_again()
    campaign = campaigns.prepare(session, statement, staff(), again=again)
    campaign.subject, campaign.preheader = _lines(statement)
    campaign.topics = list(statement.topics)
    session.flush()
    campaigns.send(session, here.press, campaign, now=here.now(), again=again)
    return campaign


def _changes(seen: Seen, now: Seen) -> list[Problem]:
    """What is different from the page on which Send was pressed."""
    problems = []
    if seen.campaign != now.campaign:
        words = _("A sending was begun and taken back after you opened this page. Look at everything again first.")
        problems.append(Problem(words))
    if seen.version != now.version:
        words = _("The statement was changed after you opened this page. Look at its mail again before you send it.")
        problems.append(Problem(words))
    if seen.people < 0 or outlook.is_other_audience(seen.people, now.people):
        words = _(
            "The number of people changed after you opened this page. It is now %(now)s. If that is right, send again.",
            now=f"{now.people:,}",
        )
        problems.append(Problem(words))
    return problems


def _is_meant_again() -> bool:
    return "again" in request.form


def _missing(statement: Statement) -> list[Problem]:
    """A second sending has to be meant; the service insists on it, this says where to tick."""
    problems = []
    if not _is_meant_again() and outlook.sent_before(db.session(), statement) is not None:
        words = _("Tick that these people shall get this statement a second time.")
        problems.append(Problem(words, field="again"))
    if len(request.form.get("subject", "")) > LONGEST_LINE:
        words = _("This is too long for a subject; at most %(limit)d characters fit.", limit=LONGEST_LINE)
        problems.append(Problem(words, field="subject"))
    return problems


def _lines(statement: Statement) -> tuple[str, str]:
    """Subject and preview line as typed; where nothing was typed, the statement's own."""
    subject = " ".join(request.form.get("subject", "").split())
    preheader = " ".join(request.form.get("preheader", "").split())
    return subject or statement.title, preheader or statement.standfirst


def _page(
    statement: Statement, latest: Campaign | None, problems: "list[Problem] | tuple[Problem, ...]" = ()
) -> Response:
    """The page before sending, always with the count and the findings of this moment."""
    found = [problem if problem.field in FIELDS else Problem(problem.message) for problem in problems]
    preview, (subject, preheader) = None, _lines(statement)
    try:
        preview = previews.of_statement(installation().press, statement, subject=subject, preheader=preheader)
    except Invalid as refused:
        found += [Problem(problem.message) for problem in refused.problems]
    seen = Seen.now(statement, latest)
    page = render_template(
        "console/send.html",
        statement=statement,
        preview=preview,
        subject=subject,
        preheader=preheader,
        seen=seen,
        sent_before=outlook.sent_before(db.session(), statement),
        may_send=_may_send(preview, seen) and not _forbidden(),
        problems=found,
    )
    db.session.rollback()
    return make_response(page, 400 if found else 200)


def _may_send(preview: Preview | None, seen: Seen) -> bool:
    return preview is not None and not preview.errors and seen.people > 0


def _to_campaign(campaign: Campaign | None, words: str) -> Response:
    """To the campaign's page, with a word about why."""
    flash(words)
    if campaign is None:
        return make_response(redirect(url_for("console.list_campaigns"), SEE_OTHER))
    target = url_for("console.show_campaign", public_id=campaign.public_id)
    db.session.commit()
    return make_response(redirect(target, SEE_OTHER))
