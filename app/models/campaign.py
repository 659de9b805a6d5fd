"""One statement on its way to its readers: the campaign, and what exactly is sent."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column
from app.models.statement import Statement
from app.models.topic import Topic

if TYPE_CHECKING:
    from app.models.staff import StaffMember


class CampaignState(StrEnum):
    """Where a campaign is; the moves between them stand in `app/models/campaign_states.py`."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


class UnknownPolicy(StrEnum):
    """What is done about mail of which nobody knows whether it arrived: sent once more after a while, or never."""

    RESEND = "resend"
    HOLD = "hold"


campaign_topics = Table(
    "campaign_topics",
    Base.metadata,
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", ForeignKey("topics.id", ondelete="RESTRICT"), primary_key=True),
)

campaign_excluded_topics = Table(
    "campaign_excluded_topics",
    Base.metadata,
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", ForeignKey("topics.id", ondelete="RESTRICT"), primary_key=True),
)


class Campaign(Base):
    """The sending of one statement to those who confirmed at least one of its topics.

    `languages` limits that to readers of these (all if it is empty); left out are those who confirmed one of the
    `excluded_topics` or were sent `excluded_campaign`. One that `repeats` another goes only to those it failed for.
    `intro` stands above the statement in the mail. `approved_hash` is over all that was approved: what is sent must
    have the same.

    `planned_at` is when the audience was frozen into the ledger; before, there are no deliveries. No mail leaves before
    `begins_at`, so that sending can be undone. `trouble` says, in words for staff, why it doesn't get on; it is empty
    while mail goes out at full speed. `unknown_policy` decides about mail of which nobody knows whether it arrived; the
    setting does where it is empty. `left_before` counts who left after it among the readers whom the ledger has
    forgotten.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("state NOT IN ('sent') OR finished_at IS NOT NULL", name="finished_at"),
        CheckConstraint("state NOT IN ('sending', 'sent') OR started_at IS NOT NULL", name="started_at"),
        Index(
            "uq_campaigns_one_under_way",
            "statement_id",
            unique=True,
            postgresql_where="state IN ('draft', 'in_review', 'approved', 'scheduled', 'sending', 'paused')",
        ),
    )

    id: Mapped[BigKey]
    public_id: Mapped[UUID] = mapped_column(default=uuid4)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id", ondelete="RESTRICT"))
    state: Mapped[CampaignState] = mapped_column(state_column(CampaignState, "state"), default=CampaignState.DRAFT)
    subject: Mapped[str] = mapped_column(String(250))
    preheader: Mapped[str] = mapped_column(default="")
    intro: Mapped[str] = mapped_column(default="", server_default="")
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(12)), default=list, server_default="{}")
    excluded_campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="RESTRICT"))
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="RESTRICT"))
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    submitted_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None]
    approved_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    review_note: Mapped[str] = mapped_column(default="", server_default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None]
    left_before: Mapped[int] = mapped_column(default=0, server_default="0")
    planned_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    scheduled_for: Mapped[datetime | None]
    begins_at: Mapped[datetime | None]
    unknown_policy: Mapped[UnknownPolicy | None] = mapped_column(state_column(UnknownPolicy, "unknown_policy"))
    trouble: Mapped[str] = mapped_column(default="", server_default="")
    statement: Mapped[Statement] = relationship()
    created_by: Mapped["StaffMember | None"] = relationship(foreign_keys=[created_by_id])
    edited_by: Mapped["StaffMember | None"] = relationship(foreign_keys=[edited_by_id])
    submitted_by: Mapped["StaffMember | None"] = relationship(foreign_keys=[submitted_by_id])
    approved_by: Mapped["StaffMember | None"] = relationship(foreign_keys=[approved_by_id])
    excluded_campaign: Mapped["Campaign | None"] = relationship(
        foreign_keys=[excluded_campaign_id], remote_side="Campaign.id"
    )
    repeats: Mapped["Campaign | None"] = relationship(foreign_keys=[repeats_id], remote_side="Campaign.id")
    excluded_topics: Mapped[list[Topic]] = relationship(secondary=campaign_excluded_topics, order_by=Topic.position)
    topics: Mapped[list[Topic]] = relationship(secondary=campaign_topics, order_by=Topic.position)
    editions: Mapped[list["Edition"]] = relationship(back_populates="campaign")


class Edition(Base):
    """What one language version of a campaign says, rendered and frozen at the start; slots are still open.

    Every process fills the same edition, whatever happens to the statement, the templates or the settings meanwhile.
    `sender` and `reply_to` are empty in what was frozen before staff could change them: the settings' count then.
    """

    __tablename__ = "editions"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject: Mapped[str]
    html: Mapped[str]
    text: Mapped[str]
    sender: Mapped[str] = mapped_column(default="", server_default="")
    reply_to: Mapped[str] = mapped_column(default="", server_default="")
    campaign: Mapped[Campaign] = relationship(back_populates="editions")


class Acknowledgement(Base):
    """A warning of the preflight that somebody has read and sends in spite of; it holds for what was shown then."""

    __tablename__ = "acknowledgements"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    check: Mapped[str] = mapped_column(String(60), primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    staff_member_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    at: Mapped[datetime]
