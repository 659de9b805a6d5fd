"""Choosing a password by a mailed link: for whoever forgot theirs, and for whoever was invited.

Looking at a link changes nothing, because programs that scan mail do so; the button does, once (ASVS 6.4).
"""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.acting import note
from app.console.door import SEE_OTHER, console
from app.console.entering import thing
from app.console.own_account import tell
from app.db import db
from app.errors import CommuniqueError, Expired, Invalid, NotFound, Problem
from app.models import StaffLink, StaffLinkKind
from app.services import site
from app.services.access import accounts, mailed_links, passwords, telling
from app.web.access import access
from app.web.errors import STATUS
from app.web.installation import installation
from app.web.same_time import same_time

TAKES = 0.4
"""Seconds that asking for a link takes at least, so that the time tells nobody whose address has an account."""


@console.get("/forgotten")
@access("sign-in")
def forgotten() -> ResponseReturnValue:
    """Ask for the address to which a link shall go."""
    return _ask("")


@console.post("/forgotten")
@access("sign-in")
def ask_for_reset() -> ResponseReturnValue:
    """Mail a link if the address has an account; the answer and the time it takes are the same for every address."""
    email = request.form.get("email", "").strip()
    if "@" not in email:
        return _ask(email, _("Type the email address with which you sign in."))
    with same_time(TAKES):
        _send(email)
    return redirect(url_for("console.link_sent"), SEE_OTHER)


@console.get("/forgotten/sent")
@access("sign-in")
def link_sent() -> ResponseReturnValue:
    """Say what happens next, whether or not there is such an account."""
    return render_template("console/link_sent.html", minutes=mailed_links.MINUTES)


@console.get("/link/<key>")
@access("sign-in")
def show_link(key: str) -> ResponseReturnValue:
    """The form behind a link."""
    try:
        return _form(key, mailed_links.find(db.session(), key, now=installation().now()))
    except (NotFound, Expired) as error:
        return _gone(error)


@console.post("/link/<key>")
@access("sign-in")
def accept_link(key: str) -> ResponseReturnValue:
    """Set the password, end all sessions of this person, and lead to the sign-in, which asks for the second factor."""
    session, here = db.session(), installation()
    try:
        link = mailed_links.find(session, key, now=here.now())
    except (NotFound, Expired) as error:
        return _gone(error)
    member = link.staff_member
    try:
        password = request.form.get("new_password", "")
        mailed_links.accept(session, link, password, now=here.now(), about=[here.settings.organisation])
    except Invalid as error:
        session.rollback()
        problems = [Problem(problem.message, field="new_password") for problem in error.problems]
        return _form(key, link, problems)
    if link.kind is StaffLinkKind.INVITATION:
        note("staff.accept_invitation", thing(member))
    else:
        note("staff.reset_password", thing(member))
        tell(member, _("Your password was changed"), _("It was changed by the link in a mail that was sent to you."))
    db.session.commit()
    flash(_("Your password is set. Sign in with it."))
    return redirect(url_for("console.sign_in"), SEE_OTHER)


def _send(email: str) -> None:
    session, here = db.session(), installation()
    member = accounts.find(session, email)
    if member is None or not member.is_enabled or mailed_links.were_many(session, member, now=here.now()):
        return
    telling.send_reset(session, site.press(session, here.press), member, now=here.now())
    note("staff.ask_for_reset", thing(member))
    session.commit()


def _ask(email: str, wrong: str = "") -> Response:
    problems = [Problem(wrong, field="email")] if wrong else []
    return make_response(
        render_template("console/forgotten.html", email=email, problems=problems), 400 if wrong else 200
    )


def _form(key: str, link: StaffLink, problems: list[Problem] | None = None) -> Response:
    page = render_template(
        "console/link.html",
        key=key,
        member=link.staff_member,
        is_invitation=link.kind is StaffLinkKind.INVITATION,
        minimum=passwords.MINIMUM,
        problems=problems or [],
    )
    return _private(make_response(page, 400 if problems else 200))


def _gone(error: CommuniqueError) -> Response:
    page = render_template("console/link_gone.html", words=str(error), minutes=mailed_links.MINUTES)
    return _private(make_response(page, STATUS[type(error)]))


def _private(response: Response) -> Response:
    """Only our own name leaves the page, never its address: the CSRF check under https needs that much (X-15)."""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
