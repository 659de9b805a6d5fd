"""What came back, in words: its kinds, the ways it came, what reports say, and what a doubt asks."""

from collections.abc import Mapping

from flask_babel import gettext as _

from app.models import Doubt, ReportedKind, ReportSource
from app.services.came_back import Group


def group_words() -> Mapping[Group, tuple[str, str]]:
    """A group of answers, and what it means."""
    return {
        Group.GONE: (_("Address gone"), _("The address does not exist, or the mailbox is closed.")),
        Group.FULL: (_("Full or passing"), _("The mailbox is full, or there was trouble that may pass.")),
        Group.REFUSED: (_("We were refused"), _("The provider, or our own relay, didn't want this mail from us.")),
        Group.COMPLAINT: (_("Complaint"), _("The reader called it spam. They get nothing any more.")),
    }


def kind_words(kind: ReportedKind) -> str:
    """What a report says about a message."""
    words = {
        ReportedKind.BOUNCE: _("It came back"),
        ReportedKind.DELAY: _("It is late, and still tried"),
        ReportedKind.DELIVERED: _("It was delivered"),
        ReportedKind.COMPLAINT: _("The reader called it spam"),
        ReportedKind.NOT_SPAM: _("The reader said that it is not spam"),
        ReportedKind.AUTO_REPLY: _("An automatic answer, such as of somebody on holiday"),
        ReportedKind.UNSUBSCRIBE: _("The reader unsubscribed by mail"),
        ReportedKind.OTHER: _("Something else"),
    }
    return str(words[kind])


def source_words(source: ReportSource) -> str:
    """Which way a report came."""
    ways = {
        ReportSource.LISTENER: _("handed over by our mail server"),
        ReportSource.MAILBOX: _("fetched from the mailbox"),
        ReportSource.PIPE: _("piped in by our mail server"),
    }
    return str(ways.get(source) or _("sent by %(provider)s", provider=source.value))


def doubt_words(doubt: Doubt) -> str:
    """What is doubted."""
    percent = 100 * doubt.refused / doubt.attempts if doubt.attempts else 100.0
    words = _(
        "Of %(attempts)s messages to %(provider)s, %(refused)s (%(percent)s %%) were refused because the address does "
        "not exist or is closed.",
        attempts=f"{doubt.attempts:,}",
        provider=doubt.provider,
        refused=f"{doubt.refused:,}",
        percent=f"{percent:.0f}",
    )
    return str(words)
