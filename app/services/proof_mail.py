"""Test mails: the real mail of a campaign, to staff only, marked as a test, with links that change nothing.

They are letters to staff (`app/services/letters.py`), no rows of the ledger: no campaign counts them.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, Problem
from app.links import NOBODY
from app.mail.address import EmailAddress
from app.mail.compile import Recipient
from app.mail.plaintext import wrap
from app.models import Campaign, Edition, Letter, LetterKind, LetterState, StaffMember
from app.services import approval, editions, languages, letters, site
from app.services.editions import Press

MOST_AN_HOUR = 20
PREFIX = "[Test] "
BANNER = (
    "This is a test. It went to staff only. Its links for leaving and for preferences change nothing; "
    "everything below is what readers will get."
)
_BODY = re.compile(r"<body\b[^>]*>")
_STYLE = "margin:0;padding:16px;background-color:#fff3cd;color:#332701;font-family:sans-serif;font-size:16px"


def send(
    session: Session, press: Press, campaign: Campaign, members: Sequence[StaffMember], *, language: str, now: datetime
) -> list[Letter]:
    """Queue the mail in one language for these members of staff.

    Raises Invalid for nobody ("members"), for a language that the mail doesn't have ("language"), for more than
    `MOST_AN_HOUR` of a campaign, and where the mail can't be rendered; Conflict once the campaign is under way.
    """
    if campaign.state not in approval.BEFORE_SENDING:
        raise Conflict("This campaign is on its way already; a test makes no sense any more.")
    press = site.press(session, press)
    _demand_people(session, campaign, len(members), now)
    edition = _in(language, approval.to_send(session, press, campaign))
    digest = approval.content_hash(session, press, campaign)
    compiled = editions.compile_edition(press, campaign, _marked(edition))
    return [
        letters.queue(
            session,
            kind=LetterKind.TEST,
            sender=letters.return_path(compiled.stream),
            recipient=EmailAddress.parse(member.email).wire,
            subject=f"{PREFIX}{campaign.subject}",
            content=compiled.fill(_copy(press, member, now)),
            now=now,
            member=member,
            campaign=campaign,
            content_hash=digest,
            language=edition.language,
        )
        for member in members
    ]


def colleagues(session: Session) -> Sequence[StaffMember]:
    """To whom a test may go: whoever has taken up their account, so that the address is known to be theirs."""
    can_read = StaffMember.is_enabled, StaffMember.password_hash != ""
    return session.scalars(select(StaffMember).where(*can_read).order_by(StaffMember.name, StaffMember.id)).all()


def listed(session: Session, campaign: Campaign, limit: int = 20) -> Sequence[Letter]:
    """The test mails of a campaign, newest first."""
    return session.scalars(_of(campaign).order_by(Letter.id.desc()).limit(limit)).all()


def unseen(session: Session, campaign: Campaign, content_hash: bytes) -> list[str]:
    """The languages of the statement in which no test mail with exactly this content was handed over."""
    sent = _of(campaign).where(Letter.content_hash == content_hash, Letter.state == LetterState.SENT)
    seen = {letter.language for letter in session.scalars(sent)}
    return [tag for tag in languages.tags(campaign.statement) if tag not in seen]


def _of(campaign: Campaign) -> Select[Letter]:
    return select(Letter).where(Letter.campaign_id == campaign.id, Letter.kind == LetterKind.TEST)


def _demand_people(session: Session, campaign: Campaign, number: int, now: datetime) -> None:
    if not number:
        raise Invalid(Problem("Choose at least one person.", field="members"))
    lately = _of(campaign).where(Letter.created_at > now - timedelta(hours=1))
    before = session.scalar(select(func.count()).select_from(lately.subquery())) or 0
    if before + number > MOST_AN_HOUR:
        words = f"Within an hour at most {MOST_AN_HOUR} tests of a campaign are sent. Wait a little, or choose fewer."
        raise Invalid(Problem(words, field="members"))


def _in(language: str, made: Sequence[Edition]) -> Edition:
    for edition in made:
        if edition.language == language:
            return edition
    raise Invalid(Problem("The mail isn't there in this language. Choose another one.", field="language"))


def _marked(edition: Edition) -> Edition:
    """The same, said to be a test: in its subject, and in the first line of both parts."""
    banner = f'<div lang="en" dir="ltr" style="{_STYLE}"><strong>{escape(BANNER)}</strong></div>'
    return Edition(
        language=edition.language,
        subject=f"{PREFIX}{edition.subject}",
        html=_BODY.sub(lambda body: body[0] + banner, edition.html.replace("<title>", f"<title>{PREFIX}", 1), count=1),
        text="\n".join([*wrap(BANNER), "", "", edition.text]),
        sender=edition.sender,
        reply_to=edition.reply_to,
    )


def _copy(press: Press, member: StaffMember, now: datetime) -> Recipient:
    """A member of staff as if they were a reader; its links are those of a reader who doesn't exist."""
    first, _, last = member.name.partition(" ")
    return Recipient(
        NOBODY,
        EmailAddress.parse(member.email),
        secrets.token_hex(16),
        now,
        press.links.unsubscribe(NOBODY, NOBODY),
        press.links.preferences(NOBODY, at=now),
        first,
        last,
    )
