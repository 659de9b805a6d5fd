"""What sending services report by webhook, in the JSON of each, read into the same findings as mails are.

Whoever called was verified at the door (`app.hooks`). Names that a service adds are overlooked; events that say nothing
about a message's fate (opened, clicked) are left alone.
"""

import json
from collections.abc import Callable, Mapping

from app.models.raw_report import ReportSource
from worker.intake.findings import Understood
from worker.intake.providers import brevo, mailgun, postmark, sendgrid, ses

_READERS: Mapping[ReportSource, Callable[[object], Understood]] = {
    ReportSource.SES: ses.read,
    ReportSource.POSTMARK: postmark.read,
    ReportSource.SENDGRID: sendgrid.read,
    ReportSource.MAILGUN: mailgun.read,
    ReportSource.BREVO: brevo.read,
}
_NO_JSON = "The call came from {source}, but what it carries is not the JSON that this service sends."


def read(source: ReportSource, raw: bytes) -> Understood:
    """What a call of a service says; one that can't be read says so in words for staff, and raises nothing."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return Understood(trouble=_NO_JSON.format(source=source.called))
    return _READERS[source](said)
