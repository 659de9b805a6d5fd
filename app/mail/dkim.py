"""DKIM signatures (RFC 6376) of compiled messages: relaxed/relaxed, over exactly the bytes that are sent.

What is the same for every reader is made canonical and hashed once. A body needs no canonical form of its own, because
it is encoded so that relaxing changes nothing (`app.mail.encoding`). Each signature depends on nothing but the message
and the moment given, so a second copy of a delivery has the same one.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence

from app.dkim_key import DkimKey

SIGNED = frozenset(
    [
        "from", "reply-to", "subject", "date", "to", "message-id", "mime-version", "content-type", "feedback-id",
        "list-id", "list-help", "list-subscribe", "list-owner", "list-archive", "list-post", "list-unsubscribe",
        "list-unsubscribe-post",
    ]
)  # fmt: skip
# Named once more than they occur, so that a second one breaks the signature (RFC 6376 section 5.4).
SEALED = (
    "from", "subject", "to", "date", "reply-to", "list-unsubscribe", "list-unsubscribe-post", "content-type",
    "content-transfer-encoding",
)  # fmt: skip
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r]|\r\n[ \t])*)\r\n")
_BLANKS = re.compile(rb"(?:\r\n)?[ \t]+")
_LINE = 70


class Signer:
    """Signs the messages of one edition with each of some keys; `constant` are its constant header fields.

    `personal` names the fields that each message has of its own, in their order, lower-case.
    """

    def __init__(self, keys: Sequence[DkimKey], constant: bytes, personal: Sequence[str]) -> None:
        fields = [(name, line) for name, line in canonical_fields(constant) if name in SIGNED]
        self._constant = hashlib.sha256(b"".join(line for _, line in fields))
        self._keys = keys
        self._names = _names([*(name for name, _ in fields), *personal, *SEALED])

    def sign(self, personal: bytes, body: Iterable[bytes], moment: int) -> bytes:
        """The DKIM-Signature fields of a message; `moment` is in seconds since 1970 and becomes t=."""
        hashed = hashlib.sha256()
        for piece in body:
            hashed.update(piece)
        head = self._constant.copy()
        head.update(b"".join([line for _, line in canonical_fields(personal)]))
        rest = b"; t=%d;\r\n bh=%b;\r\n h=%b;\r\n b=" % (moment, b64encode(hashed.digest()), self._names)
        return b"".join([_signature(key, head.copy(), rest) for key in self._keys])


def canonical_fields(head: bytes) -> list[tuple[str, bytes]]:
    """The fields of a header section in relaxed form (section 3.4.2), each with its name, lower-case."""
    return [
        (name.decode("ascii").lower(), b"%b:%b\r\n" % (name.lower(), _BLANKS.sub(b" ", value).strip(b" ")))
        for name, value in _FIELD.findall(head)
    ]


def _names(names: Sequence[str]) -> bytes:
    """The value of h=, folded between names."""
    lines = [""]
    for place, name in enumerate(names):
        item = name if place == len(names) - 1 else f"{name}:"
        if len(lines[-1]) + len(item) > _LINE:
            lines.append(item)
        else:
            lines[-1] += item
    return "\r\n ".join(lines).encode("ascii")


def _signature(key: DkimKey, head: "hashlib._Hash", rest: bytes) -> bytes:
    """One field. It is itself the last thing that is signed, without its value of b= (section 3.7)."""
    tags = f"v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n d={key.domain}; s={key.selector}".encode("ascii") + rest
    head.update(b"dkim-signature:" + tags.replace(b"\r\n", b""))
    written = b64encode(key.sign(head.digest()))
    lines = [written[at : at + _LINE] for at in range(0, len(written), _LINE)]
    return b"DKIM-Signature: " + tags + b"\r\n ".join(lines) + b"\r\n"
