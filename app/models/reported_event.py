"""What reports say, one row for each thing that happened to one message; rows are added and never changed."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column
from app.models.raw_report import RawReport, ReportSource


class ReportedKind(StrEnum):
    """What happened."""

    BOUNCE = "bounce"
    DELAY = "delay"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    NOT_SPAM = "not_spam"
    AUTO_REPLY = "auto_reply"
    UNSUBSCRIBE = "unsubscribe"
    OTHER = "other"


class ReportedEvent(Base):
    """One event. `delivery_id` is there only where a valid MAC (or the provider's signature) names it.

    `key` is what tells the event from all others of its source, so that one which is told twice counts once.
    """

    __tablename__ = "reported_events"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_reported_events_report_id", "report_id"),
        Index("ix_reported_events_delivery_id", "delivery_id"),
        Index("ix_reported_events_created_at", "created_at"),
    )

    id: Mapped[BigKey]
    report_id: Mapped[int] = mapped_column(ForeignKey("raw_reports.id", ondelete="CASCADE"))
    source: Mapped[ReportSource] = mapped_column(state_column(ReportSource, "source"))
    key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[ReportedKind] = mapped_column(state_column(ReportedKind, "kind"))
    delivery_id: Mapped[int | None]
    provider: Mapped[str] = mapped_column(String(255), default="", server_default="")
    reply_code: Mapped[int | None] = mapped_column(SmallInteger)
    reply_enhanced: Mapped[str | None] = mapped_column(String(12))
    reply_text: Mapped[str] = mapped_column(default="", server_default="")
    reply_class: Mapped[str | None] = mapped_column(String(12))
    created_at: Mapped[CreatedAt]
    report: Mapped[RawReport] = relationship()
