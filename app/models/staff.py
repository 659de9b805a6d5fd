"""The people of the press office, and where they are signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt


class StaffMember(Base):
    """Somebody who may use the console; `identity` is the address under which they sign in, without regard to case."""

    __tablename__ = "staff_members"
    __table_args__ = (UniqueConstraint("identity"),)

    id: Mapped[BigKey]
    email: Mapped[str] = mapped_column(String(254))
    identity: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str]
    is_enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[CreatedAt]


class StaffSession(Base):
    """One sign-in. The cookie holds a random key whose hash stands here, so that signing out ends it for good."""

    __tablename__ = "staff_sessions"
    __table_args__ = (
        UniqueConstraint("key_hash"),
        Index("ix_staff_sessions_staff_member_id", "staff_member_id"),
    )

    id: Mapped[BigKey]
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    seen_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    staff_member: Mapped[StaffMember] = relationship()
