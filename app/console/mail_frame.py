"""The finished mail in the frame of a page of the console: which look of it was chosen, and the answer that shows it.

What stands in the frame is sandboxed and runs no script; its styles are inline, as in every mail, so that its answer
has a Content-Security-Policy of its own. The page around it may put another mail into the frame while somebody types,
for which it has to be of the same origin.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask import Response, abort, jsonify, make_response, render_template, request
from flask_babel import gettext as _

from app.console.door import staff
from app.db import db
from app.errors import Invalid, NotFound
from app.mail import looks
from app.permissions import Permission, may
from app.services import previews
from app.services.editions import Reader
from app.services.previews import Preview
from app.web.installation import installation

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)


class Look(StrEnum):
    """What somebody wants to see of a mail."""

    DESKTOP = "desktop"
    TELEPHONE = "telephone"
    DARK = "dark"
    NO_IMAGES = "no-images"
    TEXT = "text"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Wish:
    """Which mail somebody wants to see, and how; `language` is empty if they didn't say."""

    look: Look
    language: str
    reader: Reader | None

    @classmethod
    def sent(cls) -> "Wish":
        """As the browser sent it. Raises NotFound for a reader whom nobody knows."""
        sent = request.values
        name = sent.get("preview_look", "")
        look = Look(name) if name in set(Look) else Look.DESKTOP
        typed = request.form.get("preview_reader", "").strip()
        return cls(look, sent.get("preview_language", ""), _reader(typed) if typed else None)


def answer(make: Callable[[Wish], Preview]) -> Response:
    """The mail that `make` makes: as a page for the frame, or as JSON for the script that fills it while typing.

    Whatever keeps it from being made is said there too.
    """
    try:
        wish = Wish.sent()
        preview = make(wish)
    except Invalid as refused:
        return _refusal([problem.message for problem in refused.problems], 422)
    except NotFound as missing:
        return _refusal([str(missing)], 404)
    page = _page(preview, wish.look)
    db.session.rollback()
    if _is_for_script():
        about = render_template("console/preview_about.html", shown=preview, reader=wish.reader)
        return jsonify(html=page, about=about)
    return framed(page)


def framed(page: str, status: int = 200) -> Response:
    """A page for the frame: no scripts, nothing loaded but our images; links open outside."""
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = POLICY.format(images=installation().settings.public_url)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def notice(*words: str) -> str:
    """A page for the frame that says why there is no mail in it."""
    return render_template("console/preview_plain.html", title=_("No preview"), paragraphs=words, language="en")


def _page(preview: Preview, look: Look) -> str:
    if look is Look.TEXT:
        shown, language = preview.text, preview.language
    elif look is Look.SOURCE:
        shown, language = preview.source, "en"
    else:
        return _mail(preview.html, look)
    return render_template("console/preview_plain.html", title=preview.subject, verbatim=shown, language=language)


def _mail(html: str, look: Look) -> str:
    html = looks.dark(html) if look is Look.DARK else looks.light(html)
    if look is Look.NO_IMAGES:
        html = looks.without_images(html)
    return html.replace("<head>", '<head><base target="_blank">', 1)


def _refusal(words: list[str], status: int) -> Response:
    db.session.rollback()
    if _is_for_script():
        refused = jsonify(about=render_template("console/preview_about.html", refused=words))
        refused.status_code = status
        return refused
    return framed(notice(*words), status)


def _is_for_script() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _reader(typed: str) -> Reader:
    """Whom the mail is shown for: a name and an address, which not everybody may see."""
    if not may(staff().role, Permission.SEE_PEOPLE):
        abort(403)
    return previews.find_reader(db.session(), typed)
