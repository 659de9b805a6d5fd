"""What staff see of the sign-up form's guard: the times when it was under attack, and addresses that wait for them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt
from app.models.subscriber import Subscriber


class SignupAttack(Base):
    """A time in which more sign-ups came than is likely; one at most is not over. `usual` is the limit of an hour."""

    __tablename__ = "signup_attacks"
    __table_args__ = (
        Index(
            "uq_signup_attacks_open",
            text("(ended_at IS NULL)"),
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
    )

    id: Mapped[BigKey]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    most: Mapped[int]
    usual: Mapped[int]


class SignupApproval(Base):
    """Somebody asked for mail to an address that belongs to a role, such as abuse@; staff say whether it is asked."""

    __tablename__ = "signup_approvals"
    __table_args__ = (
        CheckConstraint("(is_approved IS NULL) = (decided_at IS NULL)", name="decided_at"),
        Index(
            "uq_signup_approvals_open",
            "subscriber_id",
            unique=True,
            postgresql_where="decided_at IS NULL",
        ),
        Index("ix_signup_approvals_subscriber_id", "subscriber_id"),
    )

    id: Mapped[BigKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    consent_event_id: Mapped[int] = mapped_column(ForeignKey("consent_events.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
    is_approved: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    subscriber: Mapped[Subscriber] = relationship()
