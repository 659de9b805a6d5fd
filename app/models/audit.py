"""What staff did: who, what, to which object, when and from where; added and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey


class AuditEntry(Base):
    """One act. Each row's `hash` is over its own columns and the row before, so that a removed or changed one shows.

    A trigger refuses changes. `staff_member_id` is no foreign key, and `who` and `object_name` are words of that
    moment: a row tells the same when the person or the object is gone.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_object_type_object_id", "object_type", "object_id"),
        Index("ix_audit_entries_staff_member_id", "staff_member_id"),
    )

    id: Mapped[BigKey]
    at: Mapped[datetime]
    staff_member_id: Mapped[int | None]
    who: Mapped[str] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40), default="")
    object_id: Mapped[str] = mapped_column(String(64), default="")
    object_name: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    network: Mapped[str] = mapped_column(String(64), default="")
    hash: Mapped[bytes] = mapped_column(LargeBinary)
