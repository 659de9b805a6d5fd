"""Mailbox providers that the breaker holds: what is shown of them, and the button that releases one."""

from collections.abc import Callable, Sequence

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.acting import note
from app.console.door import SEE_OTHER, console, safe_target
from app.db import db
from app.errors import NotFound
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, ProviderHold
from app.permissions import Permission
from app.services import holds
from app.services.audit import Thing
from app.web.access import access
from app.web.installation import installation


@console.context_processor
def show_held() -> dict[str, Callable[..., Sequence[ProviderHold]]]:
    """Let the console's templates ask who is held, for one campaign or at all."""
    return {"held_for": _held_for}


def _held_for(campaign: Campaign | None = None) -> Sequence[ProviderHold]:
    return holds.held(db.session(), campaign.id if campaign is not None else None)


@console.post("/providers/release")
@access("staff", Permission.SEND)
def release_provider() -> ResponseReturnValue:
    """Send to its readers again. Two people who press the button at once both read that it is released."""
    session = db.session()
    name = request.form.get("provider", "")
    providers = MailboxProviders.from_settings(installation().settings)
    try:
        released = holds.release(session, name, providers=providers, now=installation().now())
    except NotFound:
        flash(_("Nothing is held back there any more."))
    else:
        note("provider.release", Thing("provider", released[:64], released))
        session.commit()
        flash(_("%(provider)s is released. Its readers get their mail now.", provider=released))
    return redirect(safe_target(request.form.get("next", "")), SEE_OTHER)
