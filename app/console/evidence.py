"""The evidence of somebody's consent on one page, to be printed and handed over."""

from datetime import UTC, datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import console, staff
from app.console.person_key import person_key, person_of
from app.db import db
from app.models import Delivery
from app.permissions import Permission
from app.services import consent_evidence
from app.services.consent import SERVICE, SUBSCRIBER
from app.services.consent_evidence import Step
from app.web.access import access
from app.web.installation import installation


@console.get("/subscribers/<person>/evidence")
@access("staff", Permission.SEE_PEOPLE)
def show_evidence(person: str) -> ResponseReturnValue:
    """Who agreed to what, when, how and in view of which words, and whether that is as it was written."""
    subscriber = person_of(person)
    return render_template(
        "console/evidence.html",
        evidence=consent_evidence.gather(db.session(), subscriber),
        key=person_key(subscriber.id),
        now=installation().now(),
        made_by=staff().name or staff().email,
        actor_words=actor_words,
        message_id=_message_id,
        utc=_utc,
    )


def actor_words(step: Step) -> str:
    """Who took a step."""
    if step.staff_id is not None:
        number = step.staff_id
        name = step.staff or _("somebody who has no account any more")
        return str(_("%(name)s (member of staff no. %(number)s)", name=name, number=number))
    words = {SUBSCRIBER: _("the person themselves"), SERVICE: _("the service by itself")}
    return str(words.get(step.event.actor, step.event.actor))


def _utc(moment: datetime) -> str:
    """A moment as it can be compared with other logs."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _message_id(mail: Delivery) -> str:
    """The Message-ID of a mail as its receiver sees it."""
    return f"<{mail.message_key.hex}@{installation().settings.sender_domain}>"
