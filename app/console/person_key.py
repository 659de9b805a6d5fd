"""How a person is called in the console's addresses: a signed id, so that nobody counts along the list (X-13)."""

from app.console.door import console
from app.db import db
from app.errors import Expired, NotFound
from app.models import Subscriber
from app.tokens import Purpose
from app.web.installation import installation

_GONE = "This person is not known here any more."


@console.app_template_global()
def person_key(subscriber_id: int) -> str:
    """What stands in the address of somebody's page."""
    return installation().tokens.make(Purpose.PERSON, subscriber_id)


def person_id(key: str) -> int:
    """The id behind a key; raises NotFound for one that isn't ours."""
    try:
        found: int = installation().tokens.read(Purpose.PERSON, key, (int,))[0]
    except (Expired, NotFound) as error:
        raise NotFound("There is nobody at this address. The link may be incomplete.") from error
    return found


def person_of(key: str) -> Subscriber:
    """The person behind a key, who may have been erased; raises NotFound if they are gone."""
    found = db.session().get(Subscriber, person_id(key))
    if found is None:
        raise NotFound(_GONE)
    return found


def known_person_of(key: str) -> Subscriber:
    """The person behind a key; raises NotFound if they are gone, or were erased."""
    found = person_of(key)
    if found.erased_at is not None:
        raise NotFound(_GONE)
    return found
