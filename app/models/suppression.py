"""Addresses that must not be written to, whoever asks."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, CreatedAt, state_column


class SuppressionReason(StrEnum):
    """Why nothing may be sent; a new confirmed opt-in lifts `unsubscribed`, only staff lift `complaint`."""

    HARD = "hard"
    INACTIVE = "inactive"
    SOFT_LIMIT = "soft_limit"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    REFUSED = "refused"
    ERASED = "erased"
    ADMIN = "admin"


SILENCING = (SuppressionReason.COMPLAINT, SuppressionReason.REFUSED, SuppressionReason.ADMIN)
"""Reasons for which not even a confirmation mail may be sent; a new opt-in can't lift them."""


class Suppression(Base):
    """One address that is left alone, known only by a keyed hash, so that it outlives the erasure of the person."""

    __tablename__ = "suppressions"
    __table_args__ = (
        UniqueConstraint("address_hmac"),
        CheckConstraint("octet_length(address_hmac) = 32", name="address_hmac"),
    )

    id: Mapped[BigKey]
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[SuppressionReason] = mapped_column(state_column(SuppressionReason, "reason"))
    evidence: Mapped[str] = mapped_column(default="")
    created_at: Mapped[CreatedAt]
