"""One of each mail that the service can send, made by the engine from real rows, with readers and staff behind them."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AddressChange, Letter, LetterKind, Role
from app.services import access, letters, proof_mail
from app.services.access import accounts, telling
from app.services.editions import Press
from tests import factories
from tests.flows.newsletter import Newsletter
from worker.delivery import planner
from worker.delivery.claims import Place, claim_notices, claim_statements
from worker.delivery.messages import Messages

_URL = re.compile(r"https?://[^\s<>\"]+")


def every_mail(newsletter: Newsletter, now: datetime) -> dict[str, EmailMessage]:
    """By kind: those of the ledger, and the letters to staff."""
    session, press = newsletter.session, newsletter.installation.press
    newsletter.offer("statements", "education")
    _cause_notices(newsletter)
    raw = _from_ledger(session, press, now) | _to_staff(session, press, now)
    session.commit()
    return {kind: message_from_bytes(content, policy=policy.default) for kind, content in raw.items()}


def links_of(mail: EmailMessage) -> set[str]:
    """Every web address in its headers, its text and its HTML, images too."""
    found = {url for value in mail.values() for url in _URL.findall(str(value))}
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            found |= set(_URL.findall(part.get_content()))
        elif part.get_content_type() == "text/html":
            page = BeautifulSoup(part.get_content(), "lxml")
            found |= {tag[name] for name in ("href", "src") for tag in page.select(f"[{name}^=http]")}
    return found


def _cause_notices(newsletter: Newsletter) -> None:
    """Each person causes one: the first to confirm, the second already subscribed, and so on."""
    newsletter.sign_up("confirmation@example.org", "statements")
    for name in ("again", "link", "moving", "moved"):
        newsletter.join(f"{name}@example.org", "statements", "education")
    newsletter.sign_up("again@example.org", "statements")
    data = {**newsletter.form("/preferences"), "email": "link@example.org"}
    newsletter.client.post("/preferences", data=data)
    for name in ("moved", "moving"):
        link = newsletter.preferences_link(f"{name}@example.org")
        newsletter.press(link, move="1", new_email=f"{name}@new.example")
        if name == "moved":
            change = newsletter.session.scalars(select(AddressChange)).one()
            newsletter.press(newsletter.installation.links.move(change.id))
            newsletter.session.expire_all()


def _from_ledger(session: Session, press: Press, now: datetime) -> dict[str, bytes]:
    messages = Messages(press)
    notices = claim_notices(session, worker="w", most=50, now=now).claims
    raw = {claim.kind.value: messages.notice(session, claim)[1] for claim in notices}
    campaign = factories.campaign(session)
    factories.send(session, press, campaign, now=now)
    planner.open_campaign(session, campaign.id, now=now)
    claim = claim_statements(session, Place(campaign.id), worker="w", most=1, now=now).claims[0]
    return {**raw, claim.kind.value: messages.fill(messages.statement(session, campaign.id), claim)[2]}


def _to_staff(session: Session, press: Press, now: datetime) -> dict[str, bytes]:
    member = access.add_staff(session, "staff@opendoors.example", "Sam", "correct horse battery")
    guest = accounts.invite(session, "guest@opendoors.example", "Guest", Role.AUTHOR)
    telling.invite(session, press, guest, invited_by="Sam", now=now)
    telling.send_reset(session, press, member, now=now)
    campaign = factories.campaign(session)
    words = {"heading": "Paused", "paragraphs": ["Why."], "link_words": "Look at it"}
    link_url = press.links.campaign(str(campaign.public_id))
    letters.write(session, press, LetterKind.ALERT, member, now, link_url=link_url, **words)
    proof_mail.send(session, press, campaign, [member], language="en", now=now)
    return {letter.kind.value: letter.content for letter in session.scalars(select(Letter)) if letter.content}
