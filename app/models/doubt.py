"""Refusals that nobody believes yet: too many readers of one provider are said not to exist."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column
from app.models.campaign import Campaign


class DoubtDecision(StrEnum):
    """What staff found out."""

    BELIEVE = "believe"
    FORGIVE = "forgive"


class Doubt(Base):
    """One provider in one campaign: until somebody decides, none of its refusals costs a reader their place."""

    __tablename__ = "doubts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "provider"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_at"),
    )

    id: Mapped[BigKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    provider: Mapped[str] = mapped_column(String(255))
    refused: Mapped[int]
    attempts: Mapped[int]
    created_at: Mapped[CreatedAt]
    decision: Mapped[DoubtDecision | None] = mapped_column(state_column(DoubtDecision, "decision"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    campaign: Mapped[Campaign] = relationship()
