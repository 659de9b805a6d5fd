"""What staff look at before they send: the finished mail of a statement, and what the rules say about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser

from app.mail.problems import Problem
from app.models import Campaign, Statement, Topic
from app.services import campaigns, editions
from app.services.editions import Press, render

_WORST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Preview:
    """One copy of the mail, made for nobody: its links are dead. `size` is that of the whole message in bytes."""

    subject: str
    preheader: str
    html: str
    text: str
    size: int
    findings: Sequence[Problem]

    @property
    def errors(self) -> list[Problem]:
        """What stops the message."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What the author has to judge."""
        return [finding for finding in self.findings if finding.severity == "warning"]


def of_statement(press: Press, statement: Statement, *, subject: str = "", preheader: str = "") -> Preview:
    """Make the mail as the workers would; nothing is kept.

    Raises Invalid for a subject that can't stand in a header. A draft without topics is shown as if it had one.
    """
    campaign = Campaign(
        id=_WORST_ID,
        statement=statement,
        subject=subject or statement.title,
        preheader=preheader or statement.standfirst,
        topics=list(statement.topics) or [Topic(name=press.settings.organisation, list_label="preview")],
    )
    raw = editions.sample(press, campaign, campaigns.preview(press, campaign))
    message = BytesParser(policy=policy.default).parsebytes(raw)
    return Preview(
        subject=str(message["Subject"]),
        preheader=render(press, statement, campaign.subject, campaign.preheader).preheader,
        html=_body(message, "html"),
        text=_body(message, "plain"),
        size=len(raw),
        findings=editions.check(press, raw),
    )


def _body(message: object, kind: str) -> str:
    part = message.get_body((kind,))  # type: ignore[attr-defined]
    return str(part.get_content())
