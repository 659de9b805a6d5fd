"""Joining: the form, and the page after it."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.public.bodies import only_short_ones
from app.public.entry import TRAP, Entry, Offer, fresh_token, sign_up, token_problems
from app.web.access import access
from app.web.installation import installation, origin

pages = Blueprint("joining", __name__)
pages.before_request(only_short_ones)


@pages.get("/subscribe")
@access("public")
def form() -> str:
    """The sign-up form."""
    return form_page(Entry.blank(installation().settings))


@pages.post("/subscribe")
@access("form")
def submit() -> AnyResponse:
    """Take the form; every address is answered in the same way."""
    offer = Offer.now()
    problems = token_problems(request.form) or sign_up(offer, request.form, origin())
    if problems:
        return make_response(form_page(Entry.typed(request.form, problems), offer), 400)
    return redirect(url_for("joining.check_your_inbox"), 303, Response=Response)


@pages.get("/subscribe/check-your-inbox")
@access("public")
def check_your_inbox() -> str:
    """What to do next; says nothing about any address."""
    return render_template("public/check_your_inbox.html")


def form_page(entry: Entry, offer: Offer | None = None) -> str:
    """The page with the form, as it was typed."""
    return render_template(
        "public/subscribe.html",
        entry=entry,
        offer=offer or Offer.now(),
        form_token=fresh_token(),
        trap=TRAP,
        action=url_for("joining.submit"),
    )
