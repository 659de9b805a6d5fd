"""The pages of the development inbox: the list, one message, its HTML in a cage of its own, the raw file."""

from flask import Blueprint, Response, make_response, render_template, request

from app.devinbox.store import Inbox, Message
from app.web.access import access
from app.web.installation import installation

devinbox = Blueprint("devinbox", __name__, url_prefix="/dev/inbox")

_CAGE = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data: {site}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_LINKS_LEAVE_THE_FRAME = '<base target="_top">'


def _inbox() -> Inbox:
    return Inbox(installation().settings.var_dir / "inbox")


@devinbox.get("")
@access("public")
def messages() -> str:
    """All messages, newest first; `q` searches recipients and subjects."""
    search = request.args.get("q", "").strip()
    page = _inbox().messages(search, request.args.get("page", 1, type=int))
    return render_template("devinbox/messages.html", page=page, search=search)


@devinbox.get("/<message_id>")
@access("public")
def message(message_id: str) -> str:
    """One message: HTML in a frame, text, headers."""
    return render_template("devinbox/message.html", message=_inbox().get(message_id))


@devinbox.get("/<message_id>/html")
@access("public")
def html(message_id: str) -> Response:
    """The HTML part as a page that can run no script, send no form and load nothing from elsewhere."""
    response = make_response(_framed(_inbox().get(message_id)))
    response.headers["Content-Security-Policy"] = _CAGE.format(site=installation().settings.public_url)
    return response


@devinbox.get("/<message_id>/raw")
@access("public")
def raw(message_id: str) -> Response:
    """The message exactly as it came, as a file."""
    found = _inbox().get(message_id)
    response = make_response(found.raw)
    response.headers["Content-Type"] = "message/rfc822"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.entry.id}.eml"'
    return response


def _framed(message: Message) -> str:
    """The HTML with its links leading out of the frame: our own pages refuse to be framed."""
    start, head, rest = message.html.partition("<head>")
    return f"{start}{head}{_LINKS_LEAVE_THE_FRAME}{rest}" if head else _LINKS_LEAVE_THE_FRAME + start
