"""Logging in to a relay (RFC 4954): which mechanism, and what it says. Pure: words in, words out."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field

PREFERENCE = ("PLAIN", "LOGIN", "CRAM-MD5")
"""Under TLS the plain password is the best choice: the server can keep it hashed, which CRAM-MD5 forbids."""
_SHOW_THE_PASSWORD = frozenset({"PLAIN", "LOGIN", "XOAUTH2"})
_LONGEST_COMMAND = 510


class NoLogin(Exception):
    """There is no way in that both sides know and that keeps the password secret; says so in words."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are. For XOAUTH2 the password is the access token; it is used only if it is asked for by name."""

    user: str
    password: str = field(repr=False)
    mechanism: str = ""


def choose(offered: frozenset[str], credentials: Credentials, *, in_the_clear: bool) -> str:
    """The mechanism to use out of those offered; raises NoLogin. `in_the_clear`: others could read along."""
    wanted = credentials.mechanism.upper()
    known = [wanted] if wanted else [name for name in PREFERENCE if name in offered]
    if not known or known[0] not in offered:
        ours = wanted or ", ".join(PREFERENCE)
        theirs = ", ".join(sorted(offered)) or "none"
        raise NoLogin(f"the relay offers no login that we know (it offers: {theirs}; we know: {ours})")
    safe = [name for name in known if not (in_the_clear and name in _SHOW_THE_PASSWORD)]
    if not safe:
        raise NoLogin("the relay would have us send the password in the clear: use TLS")
    return safe[0]


class Login:
    """One login: `opening` is the command, then `answer` each challenge."""

    def __init__(self, mechanism: str, credentials: Credentials) -> None:
        self._mechanism = mechanism
        self._credentials = credentials
        self._answers = self._initial()

    def opening(self) -> bytes:
        """The AUTH command, with the first response in it if the line has room for it (RFC 4954 section 4)."""
        if self._answers:
            line = f"AUTH {self._mechanism} {b64encode(self._answers[0]).decode()}".encode()
            if len(line) <= _LONGEST_COMMAND:
                self._answers.pop(0)
                return line + b"\r\n"
        return f"AUTH {self._mechanism}\r\n".encode()

    def answer(self, challenge: str) -> bytes:
        """The response to a challenge; `*` gives up on one that can't be answered."""
        if self._mechanism == "CRAM-MD5":
            return self._cram(challenge)
        if self._answers:
            return b64encode(self._answers.pop(0)) + b"\r\n"
        # XOAUTH2 explains a refusal in a challenge, to be answered by an empty line before the refusal itself comes
        return b"\r\n" if self._mechanism == "XOAUTH2" else b"*\r\n"

    def _initial(self) -> list[bytes]:
        user, password = self._credentials.user, self._credentials.password
        match self._mechanism:
            case "PLAIN":
                return [f"\0{user}\0{password}".encode()]
            case "XOAUTH2":
                return [f"user={user}\1auth=Bearer {password}\1\1".encode()]
            case "LOGIN":
                return [user.encode(), password.encode()]
            case _:
                return []

    def _cram(self, challenge: str) -> bytes:
        """RFC 2195: the challenge's digest under the password."""
        try:
            text = b64decode(challenge.strip(), validate=True)
        except (NotBase64, ValueError):
            return b"*\r\n"
        digest = hmac.new(self._credentials.password.encode(), text, "md5").hexdigest()
        return b64encode(f"{self._credentials.user} {digest}".encode()) + b"\r\n"
