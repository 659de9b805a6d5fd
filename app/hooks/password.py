"""Postmark and Brevo sign nothing: they log in, with a name and password (RFC 7617) or with a token (RFC 6750)."""

import hmac
from base64 import b64encode

from app.errors import Forbidden
from app.hooks.calls import Admitted, Call


class Password:
    """Lets through who knows a secret: `name:password`, or a token alone."""

    def __init__(self, secret: str) -> None:
        has_name = ":" in secret
        self._scheme = "Basic" if has_name else "Bearer"
        self._expected = b64encode(secret.encode()) if has_name else secret.encode()

    @property
    def challenge(self) -> str:
        """How to log in."""
        return f'{self._scheme} realm="hooks"'

    def admit(self, call: Call) -> Admitted:
        """Compare what stands in Authorization, in constant time."""
        scheme, _, given = call.headers.get("Authorization", "").strip().partition(" ")
        is_same = hmac.compare_digest(given.strip().encode(), self._expected)
        if not is_same or scheme.lower() != self._scheme.lower():
            raise Forbidden("wrong name, password or token")
        return Admitted()
