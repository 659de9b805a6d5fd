"""The sign-up form on other sites: a plain HTML form that posts to us, or a frame.

Only sites that the settings list may do either, and the form leads back only to pages that they list.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app.errors import Problem
from app.public.bodies import only_short_ones
from app.public.entry import TRAP, Entry, Offer, read
from app.public.form_pass import NO_PASS, FormPass
from app.public.joining import form_page, form_values, is_to_be_shown_again
from app.public.taking import take
from app.services.consent import Origin
from app.web.access import access
from app.web.headers import policy
from app.web.installation import installation, network

pages = Blueprint("embedding", __name__)
pages.before_request(only_short_ones)


@pages.get("/embed")
@access("public")
def guide() -> str:
    """For webmasters: what to copy, and what it looks like."""
    settings, links = installation().settings, installation().links
    values = {
        "offer": Offer.now(),
        "trap": TRAP,
        "action": links.base + url_for("embedding.submit"),
        "return_page": next(iter(settings.return_pages), ""),
        "privacy_url": settings.privacy_url or links.base + url_for("information.privacy"),
        "frame_url": links.base + url_for("embedding.frame"),
    }
    snippet = render_template("public/embed_snippet.html", **values)
    frame = render_template("public/embed_frame.html", **values)
    return render_template("public/embed.html", snippet=snippet.strip(), frame=frame.strip())


@pages.post("/embed/subscribe")
@access("embed")
def submit() -> AnyResponse:
    """Take the form from a listed site and lead back there; where something is wrong, our own page helps on."""
    settings = installation().settings
    site = posting_site()
    if site not in {origin.rstrip("/") for origin in settings.embed_origins}:
        problem = Problem(_("The form came from a site that we don't know. You can send it from here."))
        return make_response(form_page(Entry.typed(request.form, FormPass.again(), [problem])), 403)
    back = request.form.get("return", "")
    if back not in settings.return_pages:
        problem = Problem(_("The form leads back to a page that we don't know. You can send it from here."))
        return make_response(form_page(Entry.typed(request.form, FormPass.again(), [problem])), 400)
    offer = Offer.now()
    entry = read(offer, request.form, NO_PASS)
    if is_to_be_shown_again(entry):
        page = form_page(replace(entry, form_pass=FormPass.again()), offer)
        return make_response(page, 400 if entry.problems else 200)
    take(entry, Origin(f"/embed on {site}", network()))
    return redirect(back, 303, Response=Response)


@pages.get("/embed/form")
@access("public")
def frame() -> Response:
    """The form alone, for a frame on a listed site."""
    return _framed(_frame_form(Entry.blank(installation().settings), Offer.now()))


@pages.post("/embed/form")
@access("form")
def frame_submit() -> AnyResponse:
    """Take the form and stay in the frame."""
    offer = Offer.now()
    entry = read(offer, request.form, FormPass.posted(request.form))
    if is_to_be_shown_again(entry):
        return _framed(_frame_form(entry, offer), 400 if entry.problems else 200)
    take(entry, Origin("/embed in a frame", network()))
    return redirect(url_for("embedding.frame_done"), 303, Response=Response)


@pages.get("/embed/check-your-inbox")
@access("public")
def frame_done() -> Response:
    """What to do next, in the frame."""
    return _framed(render_template("public/embed_done.html"))


def posting_site() -> str:
    """The origin of the page that holds the form, as the browser tells it; empty if it doesn't."""
    origin = request.headers.get("Origin", "")
    if origin:
        return origin
    url = urlsplit(request.headers.get("Referer", ""))
    return f"{url.scheme}://{url.netloc}" if url.netloc else ""


def _frame_form(entry: Entry, offer: Offer) -> str:
    values = form_values(entry, offer)
    return render_template("public/embed_form.html", **values, action=url_for("embedding.frame_submit"))


def _framed(body: str, status: int = 200) -> Response:
    response = make_response(body, status)
    ancestors = " ".join(["'self'", *installation().settings.embed_origins])
    response.headers["Content-Security-Policy"] = policy(ancestors)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
