"""Variable envelope return paths: MAIL FROM names the delivery, so that a bounce does too, and nobody can forge it.

`b+<delivery>-<mac>`, the mac being 80 bits of HMAC-SHA256 in base32: 38 octets at most, of the 64 that a local part may
have (RFC 5321 section 4.5.3.1.1), and in lower case, because some systems fold it.
"""

import hmac
import re
from collections.abc import Sequence

_PURPOSE = b"communique envelope sender"
_FORM = re.compile(r"[bu]\+([1-9][0-9]{0,18})-([a-z2-7]{16})")
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_MAC_OCTETS = 10


class Verp:
    """Writes and reads envelope senders with an installation's keys, oldest first: the newest signs, all verify."""

    def __init__(self, keys: Sequence[str]) -> None:
        secrets = [hmac.digest(key.encode(), _PURPOSE, "sha256") for key in keys]
        self._keys = [hmac.new(secret, digestmod="sha256") for secret in secrets]

    def sender(self, delivery_id: int, domain: str) -> str:
        """The envelope sender of a delivery."""
        number = str(delivery_id)
        return f"b+{number}-{_mac(self._keys[-1], number)}@{domain}"

    @staticmethod
    def leaving(envelope_sender: str) -> str:
        """The address to which a reader may write to leave (RFC 2369 section 3.2): the same with another letter."""
        return f"u{envelope_sender[1:]}"

    def read(self, local_part: str) -> int | None:
        """The delivery that a bounce's address names, in whatever case it came back; None if we never wrote it."""
        found = _FORM.fullmatch(local_part.lower())
        if found is None:
            return None
        number, mac = found.groups()
        # every key is tried, so that the time taken tells nothing
        genuine = [hmac.compare_digest(_mac(key, number), mac) for key in self._keys]
        return int(number) if any(genuine) else None


def _mac(prepared: hmac.HMAC, number: str) -> str:
    """Sixteen base32 digits, two at a time."""
    mac = prepared.copy()
    mac.update(number.encode())
    bits = int.from_bytes(mac.digest()[:_MAC_OCTETS])
    pairs = _PAIRS
    return (
        pairs[bits >> 70]
        + pairs[bits >> 60 & 1023]
        + pairs[bits >> 50 & 1023]
        + pairs[bits >> 40 & 1023]
        + pairs[bits >> 30 & 1023]
        + pairs[bits >> 20 & 1023]
        + pairs[bits >> 10 & 1023]
        + pairs[bits & 1023]
    )
