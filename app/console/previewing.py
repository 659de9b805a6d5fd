"""The real mail beside what somebody writes: of a statement or campaign, as saved or as typed so far, in each language.

What is asked by POST changes nothing: it carries unsaved words, or a reader's address, which must not stand in a URL.
"""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, request
from flask_babel import gettext as _

from app.console.door import LARGEST_ID, console
from app.console.mail_frame import Wish, answer, framed, notice
from app.db import db
from app.errors import NotFound
from app.mail.newsletter import Lines
from app.models import Campaign, Statement
from app.permissions import Permission
from app.services import campaigns, images, languages, previews, site, statements, topics
from app.services.editions import Press
from app.services.languages import StatementText
from app.services.previews import Preview
from app.services.statement_texts import LIMITS
from app.services.statements.content import date_problems
from app.web.access import access
from app.web.installation import installation


@console.get("/statements/<int:statement_id>/mail")
@access("staff", Permission.SEE)
def show_mail(statement_id: int) -> Response:
    """The mail of a statement as it is saved."""
    return _of_statement(statement_id)


@console.post("/statements/<int:statement_id>/mail")
@access("staff", Permission.SEE)
def choose_mail(statement_id: int) -> Response:
    """The same, asked for with a form."""
    return _of_statement(statement_id)


@console.get("/campaigns/<uuid:public_id>/mail")
@access("staff", Permission.SEE)
def show_campaign_mail(public_id: UUID) -> Response:
    """The mail of a campaign: what was sent, or what would be."""
    return _of_campaign(public_id)


@console.post("/campaigns/<uuid:public_id>/mail")
@access("staff", Permission.SEE)
def choose_campaign_mail(public_id: UUID) -> Response:
    """The same, asked for with a form."""
    return _of_campaign(public_id)


@console.get("/preview")
@access("staff", Permission.WRITE)
def empty_mail() -> Response:
    """What stands in the frame beside a new statement."""
    return framed(notice(_("The mail appears here as soon as something is written.")))


@console.post("/preview")
@access("staff", Permission.WRITE)
def preview_typed() -> Response:
    """The mail of a new statement, as typed so far."""
    here = installation()
    today = here.now().astimezone(ZoneInfo(here.settings.office_timezone)).date()
    blank = StatementText(language=here.settings.languages[0], title="", issued_on=today)
    return answer(lambda wish: previews.of_text(_press(), typed(blank), reader=wish.reader))


@console.post("/statements/<int:statement_id>/preview")
@access("staff", Permission.WRITE)
def preview_typed_statement(statement_id: int) -> Response:
    """The mail of a statement, as typed so far; `?language=` says that it is a translation which is being written."""
    statement = statements.get(db.session(), statement_id)
    saved = _begun(statement, request.args.get("language", ""))
    return answer(lambda wish: previews.of_text(_press(), typed(saved), reader=wish.reader))


@console.post("/campaigns/<uuid:public_id>/preview")
@access("staff", Permission.WRITE)
def preview_typed_campaign(public_id: UUID) -> Response:
    """The mail of a campaign with subject, preview line and intro as typed so far."""
    campaign = campaigns.get(db.session(), public_id)

    def make(wish: Wish) -> Preview:
        statement = campaign.statement
        press, language = _press(), _language(wish, statement)
        of_original = not language or language == statement.language
        subject, preheader = (_sent("subject"), _sent("preheader")) if of_original else ("", "")
        lines = Lines(" ".join(subject.split()), preheader, _sent("intro"), statement.language)
        return previews.of_campaign(press, campaign, language=language, lines=lines, reader=wish.reader)

    return answer(make)


def typed(saved: StatementText) -> StatementText:
    """A statement with what stands in the posted form in place of what is saved; fields that aren't on it stay."""
    form = request.form
    words: dict[str, Any] = {name: _sent(name) for name in LIMITS if name in form}
    text = replace(saved, **words)
    if saved.is_original:
        text = replace(text, language=form.get("language") or saved.language, issued_on=_day(saved.issued_on))
    if "topics" in form:
        chosen = [number for number in form.getlist("topics", type=int) if 0 < number <= LARGEST_ID]
        text = replace(text, topics=tuple(topics.by_ids(db.session(), chosen)))
    if "image_id" in form:
        text = _with_image(text, form.get("image_id", type=UUID))
    return text if text.title.strip() else replace(text, title=_("(no title yet)"))


def _of_statement(statement_id: int) -> Response:
    statement = statements.get(db.session(), statement_id)
    return answer(
        lambda wish: previews.of_statement(_press(), statement, language=_language(wish, statement), reader=wish.reader)
    )


def _of_campaign(public_id: UUID) -> Response:
    campaign: Campaign = campaigns.get(db.session(), public_id)
    return answer(
        lambda wish: previews.of_campaign(
            _press(), campaign, language=_language(wish, campaign.statement), reader=wish.reader
        )
    )


def _press() -> Press:
    """The press as staff have set it."""
    return site.press(db.session(), installation().press)


def _language(wish: Wish, statement: Statement) -> str:
    """A chosen reader's own language goes first: they are shown what they get."""
    if wish.reader is None:
        return wish.language
    return previews.language_for(_press(), wish.reader, languages.tags(statement), statement.language)


def _begun(statement: Statement, language: str) -> StatementText:
    """The saved words in this language; a translation that is new begins with none of its own."""
    if not language:
        return languages.original(statement)
    try:
        return languages.version_for(statement, language)
    except NotFound:
        nothing: dict[str, Any] = dict.fromkeys(languages.TRANSLATED, "")
        return replace(languages.original(statement), **nothing, language=language, is_original=False)


def _with_image(text: StatementText, image_id: UUID | None) -> StatementText:
    try:
        image = images.get(db.session(), image_id) if image_id else None
    except NotFound:
        image = None
    return replace(text, image=image, image_is_decorative=request.form.get("image_is") == "decorative")


def _day(saved: date) -> date:
    try:
        day = date.fromisoformat(_sent("issued_on").strip())
    except ValueError:
        return saved
    return saved if date_problems(day) else day


def _sent(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")
