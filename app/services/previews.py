"""What staff look at before they send: the finished mail of a statement, and what the rules say about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser

from app.mail.lint import errors
from app.mail.merge_fields import close_slots, has_merge_fields
from app.mail.problems import Problem
from app.models import Campaign, Statement, Topic
from app.services import campaigns, editions
from app.services.editions import Press, render

_WORST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Preview:
    """One copy of the mail, made for nobody: its links are dead. `size` is that of the whole message in bytes.

    Where it is `personal`, it is shown as readers get it who gave no name.
    """

    subject: str
    preheader: str
    html: str
    text: str
    size: int
    personal: bool
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
    edition = campaigns.preview(press, campaign)
    raw = editions.nameless_sample(press, campaign, edition)
    message = BytesParser(policy=policy.default).parsebytes(raw)
    preheader_shown = render(press, statement, campaign.subject, campaign.preheader).preheader
    return Preview(
        subject=str(message["Subject"]),
        preheader=close_slots(preheader_shown),
        html=_body(message, "html"),
        text=_body(message, "plain"),
        size=len(raw),
        personal=has_merge_fields(edition.subject, edition.html),
        findings=_findings(press, raw, editions.sample(press, campaign, edition)),
    )


def _findings(press: Press, shown: bytes, longest: bytes) -> list[Problem]:
    """What the rules say about the mail as it is shown, and what would stop it with the longest names and addresses."""
    found = editions.check(press, shown)
    codes = {problem.code for problem in found}
    return found + [problem for problem in errors(editions.check(press, longest)) if problem.code not in codes]


def _body(message: object, kind: str) -> str:
    part = message.get_body((kind,))  # type: ignore[attr-defined]
    return str(part.get_content())
