"""What is behind the numbers of a report: the messages, one message's story, and the list as a file."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.bounce_words import kind_words, source_words
from app.console.campaign_flow import thing_of
from app.console.door import LARGEST_ID, console, staff
from app.console.download import csv_answer, demand_export
from app.console.words import delivery_words, reply_words
from app.db import db
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, Delivery, DeliveryState, ReplyClass, ReportedEvent
from app.permissions import Permission, may
from app.services import campaigns, delivery_lists, mailroom
from app.services.delivery_lists import Filters
from app.services.masking import masked
from app.services.office_time import spell_moment
from app.web.access import access
from app.web.installation import installation

_STATES = frozenset({"", *DeliveryState, "unreached", "left", "resent"})
_CLASSES = frozenset({"", *ReplyClass, "none"})
_FIELDS = ("state", "reply_class", "provider", "reply", "begin", "end")


@console.get("/campaigns/<uuid:public_id>/deliveries")
@access("staff", Permission.SEE)
def list_deliveries(public_id: UUID) -> ResponseReturnValue:
    """The messages behind one number; addresses are readable for those only who may see people."""
    campaign = campaigns.get(db.session(), public_id)
    filters = _filters()
    page = delivery_lists.find(db.session(), campaign, filters, _known(), after=_after())
    sees_people = may(staff().role, Permission.SEE_PEOPLE)
    return render_template(
        "console/deliveries.html",
        campaign=campaign,
        filters=filters,
        fields=_asked(),
        heading=_heading(filters),
        rows=[(one, _called(one, is_masked=not sees_people)) for one in page.deliveries],
        next=page.next,
        sees_people=sees_people,
        states=_state_options(),
        classes=_class_options(),
    )


@console.post("/campaigns/<uuid:public_id>/deliveries/export")
@access("staff", Permission.EXPORT)
def export_deliveries(public_id: UUID) -> ResponseReturnValue:
    """The same list, whole, as CSV."""
    campaign = campaigns.get(db.session(), public_id)
    filters = _filters()
    thing = thing_of(campaign)
    refused = demand_export("deliveries.export", thing, **_asked())
    if refused is not None:
        return refused
    header = ["address", "state", "reply", "kind of answer", "relay", "attempts", "sent", "first unknown", "sent again"]
    return csv_answer(f"deliveries-{campaign.public_id}.csv", header, _lines(campaign, filters))


@console.get("/deliveries/<int:delivery_id>")
@access("staff", Permission.SEE_PEOPLE)
def show_delivery(delivery_id: int) -> ResponseReturnValue:
    """One message's whole story."""
    delivery = delivery_lists.get(db.session(), delivery_id)
    campaign = db.session().get(Campaign, delivery.campaign_id) if delivery.campaign_id else None
    return render_template(
        "console/delivery.html",
        delivery=delivery,
        reader=_called(delivery, is_masked=False),
        campaign=campaign,
        state=delivery_words(delivery.state),
        said=mailroom.said_of(db.session(), delivery.id),
        kind_words=kind_words,
        source_words=source_words,
    )


def _called(delivery: Delivery, *, is_masked: bool) -> str:
    """Its reader's address, in full or not; empty if they were erased, or the ledger has forgotten them."""
    address = delivery.subscriber.address if delivery.subscriber else ""
    return masked(address) if address and is_masked else address


def _lines(campaign: Campaign, filters: Filters) -> Iterator[tuple[object, ...]]:
    for one in delivery_lists.everything(db.session(), campaign, filters, _known()):
        yield (
            one.subscriber.address if one.subscriber else "",
            one.state.value,
            reply_of(one),
            one.reply_class or "",
            one.relay or "",
            one.attempts,
            one.sent_at,
            one.unknown_since,
            one.resent_at,
        )


@console.app_template_filter()
def reply_of(told: Delivery | ReportedEvent) -> str:
    """What the mail server answered, in one line; many servers write the enhanced code into their words as well."""
    words, enhanced = told.reply_text or "", told.reply_enhanced or ""
    parts = (told.reply_code, "" if words.startswith(enhanced) else enhanced, words)
    return " ".join(str(part) for part in parts if part)


def _asked() -> dict[str, str]:
    """What the address, or the form of an export, says; what is empty is left out."""
    asked = {name: request.values.get(name, "")[:255] for name in _FIELDS}
    return {name: text for name, text in asked.items() if text}


def _filters() -> Filters:
    """What that means."""
    asked = _asked()
    if asked.get("state", "") not in _STATES or asked.get("reply_class", "") not in _CLASSES:
        abort(404)
    begin, end = _moment(asked.pop("begin", "")), _moment(asked.pop("end", ""))
    return Filters(**asked, begin=begin, end=end)


def _moment(text: str) -> datetime | None:
    """A moment with its offset, as a report's own links have it."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        abort(404)
    if moment is not None and moment.tzinfo is None:
        abort(404)
    return moment


def _after() -> int:
    """The last message of the page before."""
    return min(max(request.args.get("after", 0, type=int), 0), LARGEST_ID)


def _known() -> MailboxProviders:
    return MailboxProviders.from_settings(installation().settings)


def _heading(filters: Filters) -> str:
    """What the list holds: the state always, the rest where it is narrowed down."""
    words = [dict(_state_options())[filters.state]]
    if filters.reply_class:
        words.append(dict(_class_options())[filters.reply_class])
    if filters.reply:
        words.append(_("with one and the same answer"))
    if filters.provider:
        words.append(filters.provider)
    zone = ZoneInfo(installation().settings.office_timezone)
    if filters.begin is not None:
        words.append(_("accepted from %(moment)s", moment=spell_moment(filters.begin, zone)))
    if filters.end is not None:
        words.append(_("accepted before %(moment)s", moment=spell_moment(filters.end, zone)))
    return ", ".join(words)


def _state_options() -> list[tuple[str, str]]:
    return [
        ("", _("All messages")),
        ("unreached", _("Not accepted, returned or put off")),
        *((state.value, delivery_words(state)[0]) for state in DeliveryState),
        ("resent", _("Sent once more")),
        ("left", _("Unsubscribed since")),
    ]


def _class_options() -> list[tuple[str, str]]:
    kinds = [(kind.value, reply_words(kind)[0]) for kind in ReplyClass]
    return [("", _("Every kind of answer")), *kinds, ("none", reply_words(None)[0])]
