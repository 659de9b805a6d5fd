"""“Send me my link”: whoever lost the way to their preferences types their address, and the link comes by mail."""

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask import redirect as redirect_to
from werkzeug.wrappers import Response as AnyResponse

from app.db import db
from app.errors import Invalid, Problem
from app.mail.address import EmailAddress
from app.public.bodies import only_short_ones
from app.public.entry import TRAP
from app.public.form_pass import FormPass
from app.public.language import translated
from app.public.responses import unlisted
from app.services import preferences
from app.web.access import access
from app.web.installation import installation
from app.web.same_time import same_time

pages = Blueprint("asking", __name__)
pages.before_request(only_short_ones)
pages.after_request(unlisted)


@pages.get("/preferences")
@access("public")
def form() -> Response:
    """The form with one field."""
    return _page(FormPass.fresh(), "", ())


@pages.post("/preferences")
@access("form")
def submit() -> AnyResponse:
    """Mail the link, if there is anything to link to: the answer is the same, whoever has the address."""
    typed = request.form.get("email", "")
    form_pass = FormPass.posted(request.form)
    if form_pass.problem is not None:
        return _page(form_pass, typed, (form_pass.problem,))
    try:
        address = EmailAddress.parse(typed)
    except Invalid as error:
        return _page(form_pass, typed, tuple(translated(error.problems)))
    with same_time():
        if not request.form.get(TRAP):
            preferences.send_link_to(db.session(), address, now=installation().now())
            db.session.commit()
    return redirect_to(url_for("asking.check_your_inbox"), 303, Response=Response)


@pages.get("/preferences/check-your-inbox")
@access("public")
def check_your_inbox() -> Response:
    """What to do next; says nothing about any address."""
    return make_response(render_template("public/link_asked.html"))


def _page(form_pass: FormPass, typed: str, problems: tuple[Problem, ...]) -> Response:
    body = render_template(
        "public/link_asking.html", typed=typed, problems=problems, form_token=form_pass.text, trap=TRAP
    )
    return make_response(body, 400 if problems else 200)
