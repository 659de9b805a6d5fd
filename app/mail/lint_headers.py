"""Header fields that say what kind of mail this is (rules H-01 … H-10, H-13, H-14, H-17, E-16)."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from app.mail.letter import Letter
from app.mail.problems import Problem, error, warning

EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55]")
_ONCE = (
    "from", "sender", "reply-to", "to", "cc", "message-id", "in-reply-to", "references", "subject", "date",
    "list-id", "list-help", "list-owner", "list-archive", "list-subscribe", "list-post", "feedback-id",
    "auto-submitted", "precedence", "x-auto-response-suppress",
)  # fmt: skip
_LIST_ID = re.compile(r"[^<>()]*<[a-z0-9-]+(?:\.[a-z0-9-]+)+>")
_URLS = re.compile(r"<[^<>\s]+>(?:\s{0,3},\s{0,3}<[^<>\s]+>)*")
_NO_POSTS = re.compile(r"NO(?: \([^()]*\))?")
_FEEDBACK = re.compile(r"[^:]{0,64}:[^:]{0,64}:[^:]{0,64}:[A-Za-z0-9_-]{5,15}")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+>")
_REPLY_PREFIX = re.compile(r"(?:re|fwd?|aw|wg|tr|rv|sv|antw)\s?:", re.IGNORECASE)
_LOUD = re.compile(r"[^\W\d_]{4,}")


def check_single(letter: Letter) -> Iterator[Problem]:
    """H-13: what may stand once stands once (RFC 5322 section 3.6)."""
    for name in _ONCE:
        if len(letter.values(name)) > 1:
            yield error("H-13", f"The field {name} occurs more than once; keep one.")


def check_list_id(letter: Letter) -> Iterator[Problem]:
    """H-01: filters depend on it (RFC 2919)."""
    value = letter.value("list-id")
    wanted = letter.terms.kind == "statement" or value
    if wanted and (not _LIST_ID.fullmatch(value) or len(value) > 255):
        yield error("H-01", "List-Id must be a name and an identifier like <news.list-id.example.org>.")


def check_list_fields(letter: Letter) -> Iterator[Problem]:
    """H-02: help, owner and archive as web addresses in angle brackets, no posting (RFC 2369)."""
    needed = {"list-help", "list-owner", "list-archive"} if letter.terms.kind == "statement" else set()
    for name in ("list-help", "list-owner", "list-archive", "list-subscribe"):
        value = letter.value(name)
        if not value and name in needed:
            yield error("H-02", f"The field {name} is missing.")
        elif value and "=?" not in value and not _URLS.fullmatch(value):
            yield error("H-02", f"{name} must hold addresses like <https://example.org/help>, with commas between.")
    posts = letter.value("list-post")
    if (needed or posts) and not _NO_POSTS.fullmatch(posts):
        yield error("H-02", "An announcement list says “List-Post: NO”.")


def check_automatic(letter: Letter) -> Iterator[Problem]:
    """H-03: what a program wrote says so, what people wrote doesn't (RFC 3834 section 5)."""
    value = letter.value("auto-submitted").lower()
    if letter.terms.kind == "statement" and value:
        yield error("H-03", "A statement is written by people; leave Auto-Submitted out.")
    if letter.terms.kind == "transactional" and value not in {"auto-generated", "auto-replied"}:
        yield error("H-03", "An automatic mail needs “Auto-Submitted: auto-generated”.")


def check_quiet(letter: Letter) -> Iterator[Problem]:
    """H-05 and H-06: ask for no automatic answers, but never suppress bounce reports."""
    statement = letter.terms.kind == "statement"
    if statement and letter.value("precedence") != "bulk":
        yield error("H-05", "A statement needs “Precedence: bulk”, to keep automatic answers away.")
    suppress = letter.value("x-auto-response-suppress")
    if (statement or suppress) and suppress != "OOF, AutoReply":
        yield error("H-06", "X-Auto-Response-Suppress must be exactly “OOF, AutoReply”; more would hide bounces.")


def check_feedback_id(letter: Letter) -> Iterator[Problem]:
    """H-07: Gmail's feedback loop wants four fields, the last one 5 to 15 characters."""
    value = letter.value("feedback-id")
    if not value and letter.terms.kind == "transactional":
        return
    fields = [field for field in value.split(":") if field]
    if not _FEEDBACK.fullmatch(value) or len(set(fields)) != len(fields):
        yield error("H-07", "Feedback-ID must look like campaign:kind:topic:sender, no part repeated.")


def check_message_id(letter: Letter) -> Iterator[Problem]:
    """H-09: one, in dot-atoms, in a real domain (RFC 5322 section 3.6.4)."""
    if not _MESSAGE_ID.fullmatch(letter.value("message-id")):
        yield error("H-09", "Message-ID is missing or not like <letters-and-digits@lists.example.org>.")


def check_date(letter: Letter) -> Iterator[Problem]:
    """H-10: one, with a time zone (RFC 5322 section 3.6.1)."""
    date = _date(letter.value("date"))
    if date is None or date.tzinfo is None:
        yield error("H-10", "Date is missing or not like “Tue, 24 Nov 2026 09:00:00 +0000”.")


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def check_subject(letter: Letter) -> Iterator[Problem]:
    """H-14: no pretended reply, not empty; E-16: no shouting, few emoji."""
    subject = letter.subject
    if not subject:
        yield error("H-14", "The subject is empty; say in it what the mail is about.")
    if _REPLY_PREFIX.match(subject):
        yield error("H-14", "The subject pretends to be an answer (“Re:”, “Fwd:”); take the prefix away.")
    if len(EMOJI.findall(subject)) > 2:
        yield warning("E-16", "There are more than two emoji in the subject; screen readers read each aloud.")
    words = _LOUD.findall(subject)
    if len(words) > 2 and sum(map(str.isupper, words)) > len(words) / 2:
        yield warning("E-16", "The subject is mostly in capitals; write it in normal letters.")


def check_signature(letter: Letter) -> Iterator[Problem]:
    """H-17 and U-02: a DKIM signature, if there is one already, covers what it must (RFC 6376, RFC 8058)."""
    for value in letter.values("dkim-signature"):
        tags = {name.strip(): text.strip() for name, _, text in (tag.partition("=") for tag in value.split(";"))}
        signed = {name.strip().lower() for name in tags.get("h", "").split(":")}
        if "l" in tags or tags.get("a") not in {"rsa-sha256", "ed25519-sha256"} or "from" not in signed:
            yield error("H-17", "The DKIM signature must use SHA-256, sign From, and sign the whole body (no l=).")
        if letter.values("list-unsubscribe-post") and not {"list-unsubscribe", "list-unsubscribe-post"} <= signed:
            yield error("U-02", "The DKIM signature must cover List-Unsubscribe and List-Unsubscribe-Post.")


CHECKS = (
    check_single,
    check_list_id,
    check_list_fields,
    check_automatic,
    check_quiet,
    check_feedback_id,
    check_message_id,
    check_date,
    check_subject,
    check_signature,
)
