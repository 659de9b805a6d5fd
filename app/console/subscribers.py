"""Subscribers as staff find them: the list with its search, and one person's page.

A whole address that is searched for never stands in a URL: the form is posted, and leads to that person's page.
"""

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.console.door import SEE_OTHER, console
from app.console.people_words import counted_words, subscription_words
from app.console.person_key import person_id, person_key, person_of
from app.db import db
from app.errors import Invalid, NotFound, Problem
from app.mail.address import EmailAddress
from app.models import SILENCING, Subscriber, SubscriptionState, Suppression
from app.permissions import Permission
from app.services import subscriber_search, subscriber_story, subscribers, suppressions, topics
from app.services.subscriber_search import Search
from app.services.suppressions import address_hmac
from app.web.access import access
from app.web.installation import installation

LONGEST_WORDS = 254
_FILTERS = ("topic", "state", "language", "suppressed")


@console.get("/subscribers")
@access("staff", Permission.SEE_PEOPLE)
def list_subscribers() -> ResponseReturnValue:
    """The people who fit what is asked for, newest first."""
    session, wanted = db.session(), asked_for(request.args)
    found = subscriber_search.search(session, wanted, before=_place("before"), after=_place("after"))
    return _page(wanted, found, number=subscriber_search.number(session, wanted))


@console.post("/subscribers/find")
@access("staff", Permission.SEE_PEOPLE)
def find_subscribers() -> ResponseReturnValue:
    """Lead to the person with this address, else to the list of those who fit; changes nothing."""
    typed = request.form.get("who", "").strip()[:LONGEST_WORDS]
    address = _whole_address(typed)
    if address is not None:
        person = subscribers.by_address(db.session(), address)
        return _to(person) if person is not None else _nobody(address)
    asked: dict[str, Any] = {name: request.form.get(name, "") for name in _FILTERS} | {"who": typed}
    return redirect(
        url_for("console.list_subscribers", **{name: text for name, text in asked.items() if text}), SEE_OTHER
    )


@console.get("/subscribers/<person>")
@access("staff", Permission.SEE_PEOPLE)
def show_subscriber(person: str) -> ResponseReturnValue:
    """One person: where they stand, what they agreed to, what they were sent, what came back."""
    return person_page(person_of(person))


def person_page(subscriber: Subscriber, problems: Sequence[Problem] = (), status: int = 200) -> Response:
    """The page of one person; `problems` say why no mail was sent to them."""
    if subscriber.erased_at is not None:
        return make_response(render_template("console/subscriber_erased.html", person=subscriber))
    story = subscriber_story.tell(db.session(), subscriber)
    page = render_template(
        "console/subscriber.html",
        person=subscriber,
        key=person_key(subscriber.id),
        story=story,
        is_pending=story.has(SubscriptionState.PENDING),
        is_confirmed=story.has(SubscriptionState.CONFIRMED),
        is_paused=subscriber.paused_until is not None and subscriber.paused_until > installation().now(),
        problems=problems,
    )
    return make_response(page, status)


def _nobody(address: EmailAddress) -> Response:
    """Nobody has this address; whoever has a similar one is shown, and whether the address is remembered."""
    settings = installation().settings
    remembered = suppressions.find(db.session(), address_hmac(settings, address))
    wanted = Search(words=address.text)
    found = subscriber_search.search(db.session(), wanted)
    return _page(wanted, found, number=len(found.people), missing=address.text, remembered=remembered)


def _page(
    wanted: Search,
    found: subscriber_search.Found,
    *,
    number: int,
    missing: str = "",
    remembered: Suppression | None = None,
) -> Response:
    session, is_posted = db.session(), bool(missing)
    is_everybody = wanted.is_everybody
    tells_of_nobody = wanted.is_suppressed or (is_everybody and not found.people)
    page = render_template(
        "console/subscribers.html",
        found=found,
        count=counted_words(number),
        is_on=not is_everybody,
        typed={"who": missing} if is_posted else request.args,
        topics=[("", _("All")), *((topic.slug, topic.name) for topic in topics.every(session))],
        states=[("", _("All")), *((state.value, subscription_words(state)[0]) for state in SubscriptionState)],
        languages=installation().settings.languages,
        newer=_turned("after", None if is_posted else found.newer),
        older=_turned("before", None if is_posted else found.older),
        export_fields={name: request.args.get(name, "") for name in ("who", *_FILTERS)},
        missing=missing,
        remembered=remembered,
        is_silenced=remembered is not None and remembered.reason in SILENCING,
        of_nobody=suppressions.of_nobody(session) if tells_of_nobody else 0,
    )
    return make_response(page)


def asked_for(asked: "MultiDict[str, str]") -> Search:
    """What an address or a form asks for; what is unknown is left out."""
    topic = topics.find(db.session(), asked.get("topic", ""))
    state = asked.get("state", "")
    return Search(
        words=asked.get("who", "").strip()[:LONGEST_WORDS],
        topic_id=topic.id if topic is not None else None,
        state=SubscriptionState(state) if state in set(SubscriptionState) else None,
        language=asked.get("language", "")[:12],
        is_suppressed={"yes": True, "no": False}.get(asked.get("suppressed", "")),
    )


def _place(name: str) -> int | None:
    """Where in the list somebody goes on; a key that isn't ours begins at the beginning."""
    try:
        return person_id(request.args[name]) if name in request.args else None
    except NotFound:
        return None


def _turned(name: str, place: int | None) -> str:
    """The address of the list from another place on."""
    if place is None:
        return ""
    kept: dict[str, Any] = {key: text for key, text in request.args.items() if key not in {"before", "after"}}
    kept[name] = person_key(place)
    return url_for("console.list_subscribers", **kept)


def _to(subscriber: Subscriber) -> ResponseReturnValue:
    return redirect(url_for("console.show_subscriber", person=person_key(subscriber.id)), SEE_OTHER)


def _whole_address(typed: str) -> EmailAddress | None:
    try:
        return EmailAddress.parse(typed)
    except Invalid:
        return None
