"""Coming in and going out: the session's row, the cookie, and the audit log together."""

from flask import g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.console.acting import note
from app.console.door import FORMER, KEY, SEE_OTHER, own_session
from app.db import db
from app.models import StaffMember
from app.services.access import sessions
from app.services.access.accounts import SIGNED_IN
from app.services.access.sessions import Place
from app.services.audit import Thing
from app.web.installation import installation, network

REFUSED = "staff.sign_in_refused"


def place() -> Place:
    """Where the request comes from."""
    return Place(request.user_agent.string, network())


def thing(member: StaffMember | None) -> Thing:
    """A member of staff, for the audit log; an address that nobody has is not written down: it may be a password."""
    return Thing("staff", str(member.id), member.email) if member else Thing("staff")


def wait_for_second_step(key: str, target: str) -> AnyResponse:
    """Keep the key of a session that isn't complete, and ask for the second factor. Commits."""
    _forget_cookie()
    db.session.commit()
    session[KEY] = key
    return redirect(url_for("console.second_step", next=target), SEE_OTHER)


def enter(member: StaffMember, target: str, how: str, key: str = "") -> AnyResponse:
    """Begin a complete session under a new key, or take that of `key`; write it down and lead on. Commits."""
    _forget_cookie()
    key = key or sessions.begin(db.session(), member, place(), now=installation().now())
    g.staff = member
    note(SIGNED_IN, thing(member), how=how)
    db.session.commit()
    session[KEY] = key
    return redirect(target, SEE_OTHER)


def go_on_proved() -> None:
    """Go on under a new key, for which the password or a passkey was shown just now; the door ends the former one."""
    former = own_session()
    session[KEY] = sessions.renew(db.session(), former, now=installation().now())
    session[FORMER] = former.id


def refuse(member: StaffMember | None, how: str) -> None:
    """Write down that somebody was not let in (ASVS 16.3.1), with the account's name if there is one. Commits."""
    db.session.rollback()
    note(REFUSED, thing(member), how=how)
    db.session.commit()


def leave() -> None:
    """End the session in the database and forget it in the cookie. Commits."""
    note("staff.sign_out", thing(g.staff))
    _forget_cookie()
    db.session.commit()


def _forget_cookie() -> None:
    key = session.get(KEY)
    if isinstance(key, str):
        sessions.end(db.session(), key)
    session.clear()
