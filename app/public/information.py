"""Help for readers, and what is kept about them."""

from flask import Blueprint, Response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from app.public.responses import revalidated
from app.web.access import access
from app.web.installation import installation

pages = Blueprint("information", __name__)
pages.after_request(revalidated)


@pages.get("/help")
@access("public")
def help_page() -> str:
    """What a reader can do about our mails (List-Help, RFC 2369 section 3.1)."""
    return render_template("public/help.html")


@pages.get("/privacy")
@access("public")
def privacy() -> str | AnyResponse:
    """What is kept and why (GDPR article 13), unless the organisation has a notice of its own."""
    own = installation().settings.privacy_url
    return redirect(own, 302, Response=Response) if own else render_template("public/privacy.html")
