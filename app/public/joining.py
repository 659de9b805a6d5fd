"""Joining: the form, and the page after it."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.public.bodies import only_short_ones
from app.public.entry import SPELLING, TRAP, Entry, Offer, read
from app.public.form_pass import FormPass
from app.public.taking import take, wants_work
from app.services.guard import work
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
    entry = read(offer, request.form, FormPass.posted(request.form))
    if is_to_be_shown_again(entry):
        return make_response(form_page(entry, offer), 400 if entry.problems else 200)
    take(entry, origin())
    return redirect(url_for("joining.check_your_inbox"), 303, Response=Response)


@pages.get("/subscribe/check-your-inbox")
@access("public")
def check_your_inbox() -> str:
    """What to do next; says nothing about any address."""
    return render_template("public/check_your_inbox.html")


def form_page(entry: Entry, offer: Offer | None = None) -> str:
    """The page with the form, as it was typed."""
    return render_template("public/subscribe.html", **form_values(entry, offer), action=url_for("joining.submit"))


def form_values(entry: Entry, offer: Offer | None = None) -> dict[str, object]:
    """What the form is made of, on its page and in a frame."""
    return {
        "entry": entry,
        "offer": offer or Offer.now(),
        "trap": TRAP,
        "spelling": SPELLING,
        "work_bits": work.BITS if wants_work() else 0,
    }


def is_to_be_shown_again(entry: Entry) -> bool:
    """Whether something is wrong or to be asked; a robot is told nothing."""
    return not entry.is_trapped and entry.ask is None
