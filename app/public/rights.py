"""What a reader can do about what is kept of them: see it, take it with them, have it erased (GDPR articles 15 to 20).

The link to their own page, which was mailed to them, shows that the address is theirs.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.db import db
from app.errors import Expired, NotFound
from app.links import NOBODY
from app.models import Subscriber
from app.public.bodies import only_short_ones
from app.public.language import know_reader
from app.public.responses import unlisted, was_a_test
from app.services import access_export, erasure
from app.services.access_export import Facts
from app.services.consent import Origin
from app.tokens import Purpose
from app.web.access import access
from app.web.installation import installation, origin

BY_LINK = "own page"
_IDS = (int,)
_SEE_OTHER = 303

pages = Blueprint("rights", __name__)
pages.before_request(only_short_ones)
pages.after_request(unlisted)


@pages.get("/p/<token>/data", strict_slashes=False)
@access("token")
def data(token: str) -> AnyResponse:
    """Everything about a reader, to read."""
    subscriber = _subscriber(token)
    if isinstance(subscriber, AnyResponse):
        return subscriber
    know_reader(subscriber.language)
    return make_response(render_template("public/own_data.html", token=token, facts=_facts(subscriber)))


@pages.get("/p/<token>/data.json")
@access("token")
def data_as_json(token: str) -> AnyResponse:
    """The same as a file for machines."""
    subscriber = _subscriber(token)
    if isinstance(subscriber, AnyResponse):
        return subscriber
    answer = Response(access_export.as_json(_facts(subscriber)), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@pages.get("/p/<token>/erase", strict_slashes=False)
@access("token")
def erasure_page(token: str) -> AnyResponse:
    """Say what erasure means, and show its button; nothing is done yet."""
    subscriber = _subscriber(token)
    if isinstance(subscriber, AnyResponse):
        return subscriber
    know_reader(subscriber.language)
    return make_response(render_template("public/erase.html", token=token, address=subscriber.address))


@pages.post("/p/<token>/erase", strict_slashes=False)
@access("token")
def erase(token: str) -> AnyResponse:
    """Erase at once; pressing the button twice is no mistake."""
    try:
        (subscriber_id,) = installation().tokens.read(Purpose.PREFERENCES, token, _IDS)
    except Expired:
        return _to_preferences(token)
    if subscriber_id == NOBODY:
        return was_a_test()
    if request.form.get("erase") != "1":
        return redirect(url_for("rights.erasure_page", token=token), _SEE_OTHER)
    subscriber = db.session().get(Subscriber, subscriber_id)
    know_reader(subscriber.language if subscriber else "")
    by_reader = Origin(origin().source, method=BY_LINK)
    erasure.erase(db.session(), subscriber_id, by_reader, now=installation().now())
    db.session.commit()
    return make_response(render_template("public/erased.html"))


def _subscriber(token: str) -> Subscriber | AnyResponse:
    """Whose link it is, or what is answered instead; raises NotFound if they are gone, or it was never ours."""
    try:
        (subscriber_id,) = installation().tokens.read(Purpose.PREFERENCES, token, _IDS)
    except Expired:
        return _to_preferences(token)
    if subscriber_id == NOBODY:
        return was_a_test()
    found = db.session().get(Subscriber, subscriber_id)
    if found is None or found.erased_at is not None:
        raise NotFound("This address is not known here any more.")
    return found


def _facts(subscriber: Subscriber) -> Facts:
    here = installation()
    return access_export.gather(db.session(), here.settings, subscriber, now=here.now())


def _to_preferences(token: str) -> AnyResponse:
    """There the page says that the link is too old, and sends a new one."""
    return redirect(url_for("preferences.page", token=token), _SEE_OTHER)
