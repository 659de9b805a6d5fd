"""Mail to staff: test mails, invitations, links to a new password, alerts. Few, finished, and never to subscribers."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, CreatedAt, state_column


class LetterKind(StrEnum):
    """What it is for."""

    TEST = "test"
    INVITATION = "invitation"
    RESET = "reset"
    ALERT = "alert"


class LetterState(StrEnum):
    """What became of it; *unknown* is never sent again by itself, because asking for another one is easy."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Letter(Base):
    """One finished message to one member of staff; its bytes are forgotten once it needs them no more.

    Of a test mail `content_hash` says what it showed (see `Campaign.approved_hash`), and `language` in which one.
    """

    __tablename__ = "letters"
    __table_args__ = (
        CheckConstraint("state NOT IN ('queued', 'sending') OR content IS NOT NULL", name="content"),
        Index("ix_letters_due", "id", postgresql_where="state IN ('queued', 'sending')"),
        Index("ix_letters_campaign_id", "campaign_id"),
    )

    id: Mapped[BigKey]
    kind: Mapped[LetterKind] = mapped_column(state_column(LetterKind, "kind"))
    state: Mapped[LetterState] = mapped_column(
        state_column(LetterState, "state"), default=LetterState.QUEUED, server_default="queued"
    )
    staff_member_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12), default="", server_default="")
    sender: Mapped[str] = mapped_column(String(254))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    reply_text: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[datetime | None]
