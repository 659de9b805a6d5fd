"""Who writes to whom (rules H-11, H-12, M-08)."""

from collections.abc import Iterator
from email.utils import getaddresses

from app.mail.encoded_words import decode_words
from app.mail.letter import Letter
from app.mail.lint_headers import EMOJI
from app.mail.problems import Problem, error, warning

_FREE_MAIL = {
    "gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "aol.com",
    "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.ru", "yandex.ru", "qq.com", "163.com",
    "orange.fr", "free.fr", "laposte.net", "libero.it",
}  # fmt: skip
_DEAF = {"noreply", "no-reply", "donotreply", "do-not-reply", "nepasrepondre", "no_reply"}


def mailboxes(value: str) -> list[tuple[str, str]]:
    """Read an address field: display names, decoded, and addresses; unreadable ones come back empty."""
    return [(decode_words(name)[0], address) for name, address in getaddresses([value])]


def check_from(letter: Letter) -> Iterator[Problem]:
    """M-08: exactly one mailbox (a comma in a bare display name makes two); H-11: our own, with a name."""
    senders = mailboxes(letter.value("from"))
    if len(senders) != 1 or "@" not in senders[0][1]:
        yield error("M-08", "From must hold exactly one mailbox; put a name with commas or quotes in quotes.")
        return
    name, address = senders[0]
    if address.rpartition("@")[2].lower() in _FREE_MAIL:
        yield error("H-11", "From is at a free-mail provider, who forbids that; use your own domain.")
    if "@" in name or EMOJI.search(name):
        yield error("H-11", "From's display name must be the sender's name alone: no address, no emoji.")
    if not name:
        yield warning("H-11", "From has no display name; readers look at it first.")


def check_replies(letter: Letter) -> Iterator[Problem]:
    """H-11: somebody reads the answers."""
    for _, address in mailboxes(letter.value("reply-to") or letter.value("from")):
        if address.partition("@")[0].lower() in _DEAF:
            yield error("H-11", "Answers would go to an address that nobody reads; give one that somebody does.")


def check_to(letter: Letter) -> Iterator[Problem]:
    """H-12: one recipient, in To; nobody else's address in any copy."""
    if letter.values("bcc") or letter.values("cc"):
        yield error("H-12", "Cc and Bcc must not be sent; every recipient gets a copy of their own.")
    recipients = mailboxes(letter.value("to"))
    if len(recipients) != 1 or "@" not in recipients[0][1]:
        yield error("H-12", "To must hold exactly one recipient.")


CHECKS = (check_from, check_replies, check_to)
