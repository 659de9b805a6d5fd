"""What staff do for a person who asked them to: add, ask to confirm once more, unsubscribe."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.console import returning
from app.console.acting import note
from app.console.door import SEE_OTHER, console, staff
from app.console.person_key import person_key, person_of
from app.console.subscribers import person_page
from app.db import db
from app.errors import Conflict, Invalid, Problem
from app.mail.address import EmailAddress
from app.models import Subscriber, SubscriptionState
from app.permissions import Permission
from app.services import audit_log, on_request, preferences, subscriber_story, topics
from app.services.audit import Thing
from app.services.names import Names
from app.services.office_time import spell_time
from app.services.signup import Ask
from app.web.access import access
from app.web.installation import installation

ADDED_A_DAY = 100
ALL = "*"


@console.route("/subscribers/new", methods=["GET", "POST"])
@access("staff", Permission.CHANGE_PEOPLE)
def new_subscriber() -> ResponseReturnValue:
    """The form for somebody who asked us; an address may be posted to it, because none stands in a URL."""
    return _form()


@console.post("/subscribers")
@access("staff", Permission.CHANGE_PEOPLE)
def add_subscriber() -> ResponseReturnValue:
    """Write down that they asked, and mail them a confirmation; nobody is subscribed by this."""
    session, here = db.session(), installation()
    since = here.now() - timedelta(days=1)
    if audit_log.count_of(session, staff(), "subscriber.add", since=since) >= ADDED_A_DAY:
        words = _("You have added %(number)s people within a day. Go on tomorrow.", number=ADDED_A_DAY)
        return _form([Problem(words)])
    try:
        ask, names, how = _typed()
        person = on_request.add(session, ask, names, how, by=staff(), settings=here.settings, now=here.now())
    except Invalid as error:
        session.rollback()
        return _form(error.problems)
    slugs = sorted(topic.slug for topic in ask.topics)
    note("subscriber.add", _thing(person), how=how, topics=slugs)
    due = on_request.mail_due(session, person, now=here.now())
    session.commit()
    flash(_mail_words(due), "success" if due is not None else "warning")
    return _to(person)


@console.post("/subscribers/<person>/ask-again")
@access("staff", Permission.CHANGE_PEOPLE)
def ask_again(person: str) -> ResponseReturnValue:
    """Send the confirmation once more."""
    session, now, subscriber = db.session(), installation().now(), person_of(person)
    try:
        on_request.ask_again(session, subscriber, now=now)
    except Conflict as error:
        session.rollback()
        return person_page(subscriber, [Problem(str(error))], 409)
    due = on_request.mail_due(session, subscriber, now=now)
    note("subscriber.ask_again", _thing(subscriber))
    session.commit()
    flash(_mail_words(due), "success" if due is not None else "warning")
    return _to(subscriber)


@console.get("/subscribers/<person>/unsubscribe")
@access("staff", Permission.CHANGE_PEOPLE)
def confirm_unsubscribing(person: str) -> ResponseReturnValue:
    """Ask which topics they want to leave, and how they asked for it."""
    return _leaving(person_of(person))


@console.post("/subscribers/<person>/unsubscribe")
@access("staff", Permission.CHANGE_PEOPLE)
def unsubscribe_subscriber(person: str) -> ResponseReturnValue:
    """Let them leave."""
    session, now, subscriber = db.session(), installation().now(), person_of(person)
    is_all = ALL in request.form.getlist("topics")
    problems: list[Problem] = []
    wanted = _wanted_ids()
    if not (is_all or wanted):
        problems.append(Problem(_("Choose what they want to leave."), field="topics"))
    why = _reason("reason", problems)
    if problems:
        return _leaving(subscriber, problems)
    number = on_request.unsubscribe(session, subscriber, None if is_all else wanted, why, by=staff(), now=now)
    note("subscriber.unsubscribe", _thing(subscriber), reason=why, everything=is_all, topics=number)
    session.commit()
    if is_all:
        flash(_("They have left everything. Nothing more is sent to them."))
    else:
        flash(ngettext("They have left %(num)s topic.", "They have left %(num)s topics.", number))
    return _to(subscriber)


@returning.reopens("console.add_subscriber")
def addition_typed_again() -> Response:
    """The form with what was typed; nobody is added."""
    return _form([Problem(returning.why())])


@returning.reopens("console.unsubscribe_subscriber")
def leaving_typed_again(person: str) -> Response:
    """The form with what was typed; nobody leaves."""
    return _leaving(person_of(person), [Problem(returning.why())])


def _typed() -> tuple[Ask, Names, str]:
    """What the form says; raises Invalid with all that is wrong with it."""
    problems: list[Problem] = []
    form, settings = request.form, installation().settings
    address, names = EmailAddress.parse("nobody@example.org"), Names()
    try:
        address = EmailAddress.parse(form.get("email", ""))
    except Invalid as error:
        problems += error.problems
    chosen = [topic for topic in topics.every(db.session()) if topic.slug in form.getlist("topics")]
    if not chosen:
        problems.append(Problem(_("Choose at least one topic."), field="topics"))
    try:
        names = Names.typed(form.get("first_name", ""), form.get("last_name", ""))
    except Invalid as error:
        problems += error.problems
    how = _reason("how", problems)
    if problems:
        raise Invalid(*problems)
    return Ask(address, chosen, preferences.language_or_default(settings, form.get("language"))), names, how


def _reason(field: str, problems: list[Problem]) -> str:
    try:
        return on_request.read_reason(request.form.get(field, ""), field)
    except Invalid as error:
        problems += error.problems
        return ""


def _wanted_ids() -> list[int]:
    slugs = set(request.form.getlist("topics"))
    return [topic.id for topic in topics.every(db.session()) if topic.slug in slugs]


def _form(problems: "tuple[Problem, ...] | list[Problem]" = ()) -> Response:
    page = render_template(
        "console/subscriber_new.html",
        typed=request.form,
        chosen=request.form.getlist("topics"),
        topics=topics.every(db.session()),
        languages=installation().settings.languages,
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)


def _leaving(subscriber: Subscriber, problems: "tuple[Problem, ...] | list[Problem]" = ()) -> Response:
    rows = subscriber_story.subscriptions_of(db.session(), subscriber.id)
    page = render_template(
        "console/subscriber_leaving.html",
        person=subscriber,
        key=person_key(subscriber.id),
        topics=[row.topic for row in rows if row.state is not SubscriptionState.UNSUBSCRIBED],
        chosen=request.form.getlist("topics"),
        reason=request.form.get("reason", ""),
        problems=problems,
    )
    return make_response(page, 400 if problems else 200)


def _mail_words(due: datetime | None) -> str:
    here = installation()
    if due is None:
        return str(
            _("It is written down. No mail goes out now: this address got three within a day. Try again tomorrow.")
        )
    if due <= here.now():
        return str(_("A mail is on its way in which they confirm it. Until they do, nothing else is sent to them."))
    at = spell_time(due, ZoneInfo(here.settings.office_timezone), now=here.now())
    return str(_("They got such a mail a moment ago. The next one goes out at %(time)s.", time=at))


def _thing(subscriber: Subscriber) -> Thing:
    return Thing("subscriber", str(subscriber.id))


def _to(subscriber: Subscriber) -> ResponseReturnValue:
    return redirect(url_for("console.show_subscriber", person=person_key(subscriber.id)), SEE_OTHER)
