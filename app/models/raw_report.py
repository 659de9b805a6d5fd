"""What came back, as it came: stored before it is understood, so that nothing that we can't read is lost."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, CreatedAt, state_column


class ReportSource(StrEnum):
    """Which way it came."""

    LISTENER = "listener"
    MAILBOX = "mailbox"
    PIPE = "pipe"
    SES = "ses"
    POSTMARK = "postmark"
    SENDGRID = "sendgrid"
    MAILGUN = "mailgun"
    BREVO = "brevo"

    @property
    def called(self) -> str:
        """What people call it."""
        return _TITLES.get(self, self.value)


_TITLES = {
    ReportSource.SES: "Amazon SES",
    ReportSource.POSTMARK: "Postmark",
    ReportSource.SENDGRID: "SendGrid",
    ReportSource.MAILGUN: "Mailgun",
    ReportSource.BREVO: "Brevo",
}

BY_MAIL = (ReportSource.LISTENER, ReportSource.MAILBOX, ReportSource.PIPE)


class ReportState(StrEnum):
    """What was made of it."""

    RECEIVED = "received"
    SETTLED = "settled"
    REVIEW = "review"
    DISMISSED = "dismissed"


class RawReport(Base):
    """One mail or one call of a webhook.

    `digest` (SHA-256 of the source, the recipient and the whole content, or what a provider signs in its place) tells
    it from its copies. `content` is cut where it is too long; `octets` says how long it was. `recipient` is the
    envelope's, where the source knows it; `sender` too, which is `<>` for a bounce. `note` says in words what was made
    of it.
    """

    __tablename__ = "raw_reports"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        Index("ix_raw_reports_received", "id", postgresql_where="state = 'received'"),
        Index("ix_raw_reports_review", "id", postgresql_where="state = 'review'"),
        Index("ix_raw_reports_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[BigKey]
    source: Mapped[ReportSource] = mapped_column(state_column(ReportSource, "source"))
    state: Mapped[ReportState] = mapped_column(
        state_column(ReportState, "state"), default=ReportState.RECEIVED, server_default="received"
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    recipient: Mapped[str] = mapped_column(String(320), default="", server_default="")
    sender: Mapped[str] = mapped_column(String(320), default="", server_default="")
    octets: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    note: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[CreatedAt]
    understood_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    reviewed_at: Mapped[datetime | None]
