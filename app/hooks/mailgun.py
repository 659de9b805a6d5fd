"""Mailgun signs a moment and a token, not the body: so the moment has to be now, and a token is good for one call."""

import hmac
import re
from collections.abc import Mapping
from datetime import timedelta

from app.errors import Forbidden
from app.hooks.calls import Admitted, Call
from app.hooks.json_body import members_of

PATIENCE = timedelta(minutes=5)
_MOMENT, _TOKEN = re.compile(r"[0-9]{10}"), re.compile(r"[0-9A-Za-z]{20,100}")


class Mailgun:
    """Lets through what the account's webhook signing key has signed within five minutes."""

    challenge = ""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def admit(self, call: Call) -> Admitted:
        """Verify the signature beside the event; what comes later with the same token counts as the same call."""
        signature = members_of(members_of(call.body).get("signature"))
        moment, token = _word(signature, "timestamp", _MOMENT), _word(signature, "token", _TOKEN)
        expected = hmac.digest(self._key, (moment + token).encode(), "sha256").hex()
        if not hmac.compare_digest(str(signature.get("signature")).encode("utf-8", "replace"), expected.encode()):
            raise Forbidden("wrong signature")
        if abs(call.now.timestamp() - int(moment)) > PATIENCE.total_seconds():
            raise Forbidden("it was signed more than five minutes ago, or a clock is wrong")
        return Admitted(once=token)


def _word(signature: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = str(signature.get(name))
    if not form.fullmatch(value):
        raise Forbidden(f"no {name}")
    return value
