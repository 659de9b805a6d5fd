"""Who asked to hear from us, and about what."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column
from app.models.topic import Topic


class SubscriptionState(StrEnum):
    """Where one person stands with one topic."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class Subscriber(Base):
    """One address that asked, under the identity by which duplicates are found.

    Until `paused_until` nothing but notices is sent. Of somebody who was erased only this row is left, without any of
    it. `import_id` names the import that brought them; `consent_head` is the hash of their last step (a trigger writes
    it).
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        UniqueConstraint("identity"),
        UniqueConstraint("address_hmac"),
        CheckConstraint("octet_length(address_hmac) = 32", name="address_hmac"),
        Index("ix_subscribers_domain", "domain"),
        Index("ix_subscribers_import_id", "import_id", postgresql_where="import_id IS NOT NULL"),
    )

    id: Mapped[BigKey]
    address: Mapped[str]
    local: Mapped[str] = mapped_column(String(64))
    domain: Mapped[str] = mapped_column(String(255))
    identity: Mapped[str]
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12))
    first_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    last_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    created_at: Mapped[CreatedAt]
    paused_until: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))
    consent_head: Mapped[bytes | None] = mapped_column(LargeBinary)
    subscriptions: Mapped[list["Subscription"]] = relationship(back_populates="subscriber")


class Subscription(Base):
    """One person's standing with one topic; the dates say since when."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("state <> 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed_at"),
        CheckConstraint("state <> 'unsubscribed' OR unsubscribed_at IS NOT NULL", name="unsubscribed_at"),
        Index(
            "ix_subscriptions_topic_confirmed",
            "topic_id",
            "subscriber_id",
            postgresql_where="state = 'confirmed'",
        ),
    )

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id", ondelete="RESTRICT"), primary_key=True)
    state: Mapped[SubscriptionState] = mapped_column(state_column(SubscriptionState, "state"))
    requested_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))
    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")
    topic: Mapped[Topic] = relationship()
