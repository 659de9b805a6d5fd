"""Mail to staff, queued as finished messages: test mails, invitations, links to a new password, alerts.

It is no row of the ledger: nobody subscribed to it, and no campaign counts it.
"""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Invalid, Problem
from app.jobs import ring_later, send_letters
from app.mail.address import EmailAddress
from app.mail.branding import Branding
from app.mail.compile import Recipient, Stream, compile_notice
from app.mail.staff_letters import Alert, render_alert, render_invitation, render_reset
from app.mail.templates import Rendered
from app.models import Campaign, Letter, LetterKind, StaffMember
from app.services.editions import Press
from app.services.notices import service_stream


def queue(  # noqa: PLR0913 - each is a column of the row
    session: Session,
    *,
    kind: LetterKind,
    sender: str,
    recipient: str,
    subject: str,
    content: bytes,
    now: datetime,
    member: StaffMember | None = None,
    campaign: Campaign | None = None,
    content_hash: bytes | None = None,
    language: str = "",
) -> Letter:
    """Keep a finished message (CRLF line ends) for the workers, and ring for them after the commit.

    `sender` is that of the envelope (see `return_path`). Raises Invalid (field "recipient") unless the address is that
    of an enabled member of staff: nobody else is ever sent one.
    """
    member = member or _by_address(session, recipient)
    if member is None or not member.is_enabled or not _is_theirs(member, recipient):
        raise Invalid(Problem(f"{recipient} is not the address of somebody who may use the console.", "recipient"))
    letter = Letter(
        kind=kind,
        staff_member_id=member.id,
        campaign_id=campaign.id if campaign is not None else None,
        content_hash=content_hash,
        language=language,
        sender=sender,
        recipient=recipient,
        subject=subject,
        content=content,
        created_at=now,
    )
    session.add(letter)
    session.flush()
    ring_later(session, send_letters())
    return letter


def write(
    session: Session, press: Press, kind: LetterKind, member: StaffMember, now: datetime, **values: Any
) -> Letter:
    """Write and queue one of the service's own letters to a member of staff.

    `values` are those of its template: INVITATION takes `link_url`, `minutes` and `invited_by`, RESET `link_url` and
    `minutes`, ALERT those of `Alert`.
    """
    address = EmailAddress.parse(member.email)
    rendered = _rendered(press.branding, kind, member.name or member.email, values)
    stream = service_stream(press)
    content = compile_notice(rendered, stream).fill(Recipient(0, address, secrets.token_hex(16), now))
    return queue(
        session,
        kind=kind,
        sender=return_path(stream),
        recipient=address.wire,
        subject=rendered.subject,
        content=content,
        now=now,
        member=member,
    )


def return_path(stream: Stream) -> str:
    """The envelope sender of mail to staff: the sender itself, as a bounce must not be taken for that of a delivery."""
    return f"{stream.sender.username}@{stream.sender.domain}"


def _rendered(branding: Branding, kind: LetterKind, name: str, values: dict[str, Any]) -> Rendered:
    match kind:
        case LetterKind.INVITATION:
            return render_invitation(branding, name=name, **values)
        case LetterKind.RESET:
            return render_reset(branding, name=name, **values)
        case LetterKind.ALERT:
            return render_alert(branding, name=name, alert=Alert(**values))
        case LetterKind.TEST:
            raise ValueError("a test mail is made by the engine, and queued as it is")


def _by_address(session: Session, recipient: str) -> StaffMember | None:
    try:
        identity = EmailAddress.parse(recipient).identity
    except Invalid:
        return None
    return session.scalar(select(StaffMember).where(StaffMember.identity == identity))


def _is_theirs(member: StaffMember, recipient: str) -> bool:
    try:
        return EmailAddress.parse(recipient).identity == member.identity
    except Invalid:
        return False
