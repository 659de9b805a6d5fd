"""The challenge that a passkey has to sign, kept in the signed cookie between asking and answering."""

import base64
import binascii
from datetime import datetime

from flask import session

from app.errors import Expired
from app.services.access.passkeys import Challenge
from app.web.installation import installation

_KEY = "challenge"


def issue() -> Challenge:
    """A new one; it takes the place of an earlier one."""
    challenge = Challenge.new(installation().now())
    session[_KEY] = [base64.b64encode(challenge.value).decode(), challenge.issued_at.isoformat()]
    return challenge


def take() -> Challenge:
    """The one that was issued to this browser last; raises Expired if there is none. It is taken out of the cookie."""
    try:
        value, issued_at = session.pop(_KEY)
        return Challenge(base64.b64decode(value), datetime.fromisoformat(issued_at))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise Expired("This took too long. Try again.") from error
