"""One organisation and one statement, for the tests of mails."""

from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from app.links import Links
from app.mail.address import EmailAddress
from app.mail.branding import Branding
from app.mail.compile import ListHeaders, Recipient, Stream
from app.mail.newsletter import Picture, StatementView
from app.mail.verp import Verp
from app.tokens import Tokens

KEYS = ["a key of the tests, long enough"]
LINKS = Links("https://news.example.org", Tokens(KEYS))
BRANDING = Branding(
    organisation="Lantern & Compass",
    postal_address="Lantern & Compass\n12 Harbour Street, Suite 4\nSpringfield, MA 01101\nUSA",
    contact_email="office@example.org",
    contact_phone="+1 (202) 555-0143",
    about_url="https://www.example.org/about",
    privacy_url="https://www.example.org/privacy",
    subject_matter="the rights of disabled people",
    footer_text="Lantern & Compass is a registered charity.",
)
BODY = """We **welcome** the vote of the city council, which makes all crossings safe for people who are blind.

The [survey of 1,200 crossings](https://example.org/survey?lang=en&full=1) shows where the work has to begin.

## What has to happen now

- Every new crossing gets a tactile strip.
- The city publishes how many are done.

| District | Crossings | Accessible |
| --- | ---: | ---: |
| Harbour | 412 | 96 |

> For thirty years I have relied on the kindness of strangers.
"""
STREAM = Stream(
    sender=Address("Lantern & Compass, Press", "news", "example.org"),
    reply_to=Address("", "press", "example.org"),
    message_id_domain="example.org",
    envelope_domain="bounce.example.org",
    verp=Verp(KEYS),
)
LIST = ListHeaders(
    list_id="Statements <statements.list-id.example.org>",
    help_url=LINKS.help(),
    subscribe_url=LINKS.subscribe(),
    owner="mailto:office@example.org",
    archive_url=LINKS.archive(),
    feedback_id="st118:statements:news:communique",
)
LAW = {
    "postal_address": BRANDING.postal_address,
    "organisation": BRANDING.organisation,
    "contact": BRANDING.contact_email,
}


def statement(**changes: Any) -> StatementView:
    fields: dict[str, Any] = {
        "title": "A crossing for everybody",
        "standfirst": "Statement by Amara Lindqvist on the vote of the city council",
        "easy_summary": "The city council votes. We want a crossing that is safe for everybody.",
        "issued_on": date(2026, 11, 24),
        "body": BODY,
        "signatory_name": "Amara Lindqvist",
        "signatory_role": "Director of Advocacy",
        "contact_name": "Jonas Okafor",
        "contact_role": "Senior Media Officer",
        "contact_email": "media@example.org",
        "contact_phone": "+1 (202) 555-0199",
        "language": "en",
        "picture": Picture("https://news.example.org/images/1", "Two people cross a wide street", 1600, 900),
        "url": LINKS.statement("a-crossing-for-everybody"),
        "topics": ("Statements", "Accessible cities"),
    }
    return StatementView(**{**fields, **changes})


def recipient(number: int = 1, address: str = "", **changes: Any) -> Recipient:
    fields: dict[str, Any] = {
        "delivery_id": number,
        "address": EmailAddress.parse(address or f"reader{number}@example.net"),
        "message_key": f"{number:032x}",
        "dated": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        "unsubscribe_url": f"https://news.example.org/u/{number}.dGhlIHRva2Vu?a=1&b=2",
        "preferences_url": f"https://news.example.org/p/{number}.dGhlIHRva2Vu",
    }
    return Recipient(**{**fields, **changes})


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def bodies(raw: bytes) -> tuple[str, str]:
    """The text and the HTML as a mail program reads them."""
    text, html = (part.get_content().replace("\r\n", "\n") for part in read(raw).iter_parts())
    return text, html
