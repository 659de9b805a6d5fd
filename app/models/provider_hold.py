"""Mailbox providers to which nothing is sent for now."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class ProviderHold(Base):
    """One provider that is held, for one campaign or (without one) for all, until staff release it."""

    __tablename__ = "provider_holds"
    __table_args__ = (
        Index(
            "uq_provider_holds_campaign_id_provider",
            "campaign_id",
            "provider",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[BigKey]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    provider: Mapped[str] = mapped_column(String(255))
    since: Mapped[datetime]
    why: Mapped[str]
