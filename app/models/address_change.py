"""A subscription on its way from one address to another."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, CreatedAt


class AddressChange(Base):
    """Somebody asked at their old address to be written to at a new one; nothing moves before the new one confirms.

    Both are subscribers. `request_event_id` is the new one's step in the consent log that asked for it.
    """

    __tablename__ = "address_changes"
    __table_args__ = (
        UniqueConstraint("request_event_id"),
        CheckConstraint("old_subscriber_id <> new_subscriber_id", name="two_addresses"),
        Index("ix_address_changes_old_subscriber_id", "old_subscriber_id"),
        Index("ix_address_changes_new_subscriber_id", "new_subscriber_id"),
    )

    id: Mapped[BigKey]
    old_subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    new_subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    request_event_id: Mapped[int] = mapped_column(ForeignKey("consent_events.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
    confirmed_at: Mapped[datetime | None]
