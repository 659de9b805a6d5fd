"""The ledger: every message to every person is one row, from before it is sent until its last bounce."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column
from app.models.subscriber import Subscriber


class DeliveryKind(StrEnum):
    """Which mail it is; all but statements are transactional and go first."""

    STATEMENT = "statement"
    CONFIRMATION = "confirmation"
    ALREADY_SUBSCRIBED = "already_subscribed"
    PREFERENCES_LINK = "preferences_link"
    ADDRESS_CHANGE = "address_change"
    ADDRESS_CHANGED = "address_changed"


class DeliveryState(StrEnum):
    """What became of it. *sent* means that the next mail server answered 250."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    FAILED = "failed"
    COMPLAINED = "complained"
    SKIPPED = "skipped"


OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)
CLOSED = tuple(state for state in DeliveryState if state not in OPEN)


class Delivery(Base):
    """One message to one person.

    Its Message-ID (`message_key`) and Date (`dated`, set when it is first claimed) are fixed here, so that a second
    copy has the same bytes and identity (RFC 5322 sections 3.6.1 and 3.6.4); so are the reader's names and language,
    until it needs no other copy. While it is `sending` it belongs to the process `claimed_by` until `lease_until`.
    `unknown_since` stays when it is no longer unknown: only such a row may have been received twice. `resent_at` says
    when one was put back to be sent once more. `concluded_at` says when it was asked what a refusal or bounce means
    for its address; `doubt_id`, that this is for staff to say. Triggers, not foreign keys, see to it that its
    subscriber and its campaign exist (ADR 9). When its time is over it forgets its reader, and is only counted.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "campaign_id"),
        CheckConstraint("(kind = 'statement') = (campaign_id IS NOT NULL)", name="campaign"),
        CheckConstraint("subscriber_id IS NOT NULL OR state NOT IN ('queued', 'sending', 'deferred')", name="reader"),
        CheckConstraint("state <> 'sending' OR (lease_until IS NOT NULL AND claimed_by IS NOT NULL)", name="lease"),
        CheckConstraint("state <> 'deferred' OR next_attempt_at IS NOT NULL", name="next_attempt_at"),
        CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_at"),
        CheckConstraint("state <> 'unknown' OR unknown_since IS NOT NULL", name="unknown_since"),
        Index("ix_deliveries_due", "campaign_id", "id", postgresql_where="state IN ('queued', 'deferred')"),
        Index("ix_deliveries_retry", "campaign_id", "next_attempt_at", postgresql_where="state = 'deferred'"),
        Index("ix_deliveries_resend", "unknown_since", postgresql_where="state = 'unknown' AND resent_at IS NULL"),
        Index(
            "ix_deliveries_notices_due",
            "id",
            postgresql_where="campaign_id IS NULL AND state IN ('queued', 'deferred')",
        ),
        Index("ix_deliveries_resent", "campaign_id", postgresql_where="resent_at IS NOT NULL"),
        Index("ix_deliveries_sent_at", "sent_at", postgresql_using="brin"),
        Index("ix_deliveries_lease", "lease_until", postgresql_where="state = 'sending'"),
        Index("ix_deliveries_campaign_state", "campaign_id", "state"),
        Index(
            "ix_deliveries_unconcluded",
            "id",
            postgresql_where="state IN ('failed', 'bounced') AND concluded_at IS NULL",
        ),
        Index("ix_deliveries_came_back", "dated", postgresql_where="state IN ('failed', 'bounced', 'complained')"),
        Index("ix_deliveries_doubt_id", "doubt_id", postgresql_where="doubt_id IS NOT NULL"),
    )

    id: Mapped[BigKey]
    kind: Mapped[DeliveryKind] = mapped_column(state_column(DeliveryKind, "kind"))
    state: Mapped[DeliveryState] = mapped_column(
        state_column(DeliveryState, "state"), default=DeliveryState.QUEUED, server_default="queued"
    )
    subscriber_id: Mapped[int | None]
    campaign_id: Mapped[int | None]
    consent_event_id: Mapped[int | None] = mapped_column(ForeignKey("consent_events.id", ondelete="RESTRICT"))
    first_name: Mapped[str | None] = mapped_column(String(80))
    last_name: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str | None] = mapped_column(String(12))
    message_key: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    dated: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    next_attempt_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    reply_code: Mapped[int | None] = mapped_column(SmallInteger)
    reply_enhanced: Mapped[str | None] = mapped_column(String(12))
    reply_text: Mapped[str | None]
    reply_class: Mapped[str | None] = mapped_column(String(12))
    relay: Mapped[str | None] = mapped_column(String(60))
    unknown_since: Mapped[datetime | None]
    resent_at: Mapped[datetime | None]
    concluded_at: Mapped[datetime | None]
    doubt_id: Mapped[int | None]
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[datetime | None]
    subscriber: Mapped[Subscriber | None] = relationship(
        primaryjoin=lambda: foreign(Delivery.subscriber_id) == Subscriber.id
    )
