"""What the pages about one's own account share: telling its owner by mail, and recovery codes that are shown once."""

from flask import Response, make_response, render_template

from app.console.acting import note
from app.console.door import staff
from app.console.entering import thing
from app.db import db
from app.models import StaffMember
from app.services import site
from app.services.access import recovery, telling
from app.web.installation import installation


def tell(member: StaffMember, heading: str, what: str) -> None:
    """Mail the owner of an account what was changed about it."""
    session, here = db.session(), installation()
    telling.tell(session, site.press(session, here.press), member, heading, what, now=here.now())


def show_codes_once(heading: str) -> Response:
    """Make recovery codes and show them: the one answer to a POST that is a page, as they are nowhere kept. Commits."""
    codes = recovery.make(db.session(), staff())
    note("staff.make_recovery_codes", thing(staff()))
    db.session.commit()
    return make_response(render_template("console/recovery_codes.html", codes=codes, heading=heading))


def has_to_keep_one() -> bool:
    """Whether staff have decided that everybody needs a second factor."""
    return site.get(db.session(), installation().settings).require_second_factor
