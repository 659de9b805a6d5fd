"""A statement whose mail has the size that is wanted, and its campaign."""

from datetime import date

from sqlalchemy.orm import Session

from app.clock import utc_now
from app.mail.encoding import split_slots
from app.models import Campaign, Statement
from app.services import campaigns, editions, statements
from app.services.editions import Press
from app.services.statements import Content
from benchmarks.plain_sender import Mail

LENGTH = 29_000
"""Octets of a usual newsletter as it leaves."""

_GREETING = "Dear {{ first_name | friend }},"
_PARAGRAPH = (
    "Every polling station must be open to everyone. Today, one in three is not: steps at the entrance, doors that "
    "are too heavy, ballot papers that fingers can’t read. We have visited **two hundred stations** – from Málaga to "
    "Kraków – and written down what we found there; the figures stand in "
    "[the report on district {0}](https://opendoors.example/report-{0})."
)


def write(session: Session, press: Press, *, topic_id: int, length: int = LENGTH) -> Statement:
    """A published statement whose mail has at least so many octets, and few more; with 0 the shortest that there is."""
    statement = statements.create(session, _content(topic_id))
    statements.publish(session, statement, utc_now())
    campaign = campaigns.prepare(session, statement, None)
    few, many = (_octets(press, campaign, number) for number in (10, 20))
    number = 1 if not length else max(1, 10 + (length - few) * 10 // max(many - few, 1))
    while _octets(press, campaign, number) < length:
        number += 1
    session.flush()
    return statement


def octets(press: Press, campaign: Campaign) -> int:
    """How long the longest copy of a campaign's mail is."""
    return len(editions.sample(press, campaign, campaigns.preview(press, campaign)))


def as_templates(press: Press, campaign: Campaign) -> Mail:
    """The same mail for a sender that renders a template for each reader."""
    edition = campaigns.preview(press, campaign)
    return Mail(*(_opened(part) for part in (edition.subject, edition.text, edition.html)))


def _octets(press: Press, campaign: Campaign, paragraphs: int) -> int:
    campaign.statement.body = _body(paragraphs)
    return octets(press, campaign)


def _body(paragraphs: int) -> str:
    return "\n\n".join([_GREETING, *(_PARAGRAPH.format(number) for number in range(paragraphs))])


def _opened(text: str) -> str:
    """Slots as Jinja2 writes them; names of people need none."""
    pieces = split_slots(text)
    pieces[1::2] = [f"{{{{ {name} }}}}" for name in pieces[1::2]]
    return "".join(pieces)


def _content(topic_id: int) -> Content:
    return Content(
        title="Open every polling station",
        issued_on=date(2026, 11, 24),
        language="en",
        standfirst="One polling station in three shuts disabled voters out.",
        body=_body(1),
        signatory_name="Maya Okafor",
        signatory_role="Director of Advocacy",
        contact_name="Tom Berg",
        contact_role="Media officer",
        contact_email="media@opendoors.example",
        contact_phone="+44 20 7946 0000",
        topic_ids=(topic_id,),
    )
