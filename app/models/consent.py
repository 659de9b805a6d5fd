"""Proof of consent (GDPR article 7(1)): what was asked, in which words, and what the person did."""

from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, CreatedAt, state_column


class ConsentKind(StrEnum):
    """What happened."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    IMPORTED = "imported"
    ERASED = "erased"


class ConsentText(Base):
    """The exact words that a form showed, stored once per wording and language."""

    __tablename__ = "consent_texts"
    __table_args__ = (UniqueConstraint("version"),)

    id: Mapped[BigKey]
    version: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(12))
    words: Mapped[str]
    created_at: Mapped[CreatedAt]


class ConsentEvent(Base):
    """One step of one person; rows are added and never changed (a trigger sees to it).

    `actor` is the subscriber, `staff <id>` or `system`; `method` is how it was done; `detail` is what the person said,
    such as why they leave. Each row's `hash` covers the row and the hash of the same person's row before it, and
    `Subscriber.consent_head` has the last one, so that a changed or missing row shows. Triggers write all three.
    `network` and `detail` may be blanked when their time is over or the person is erased, and stand outside the hash.
    """

    __tablename__ = "consent_events"
    __table_args__ = (
        Index("ix_consent_events_subscriber_id", "subscriber_id", "id"),
        Index("ix_consent_events_created_at", "created_at", postgresql_using="brin"),
    )

    id: Mapped[BigKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="RESTRICT"))
    kind: Mapped[ConsentKind] = mapped_column(state_column(ConsentKind, "kind"))
    topic_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    consent_text_id: Mapped[int | None] = mapped_column(ForeignKey("consent_texts.id", ondelete="RESTRICT"))
    source: Mapped[str]
    language: Mapped[str] = mapped_column(String(12))
    network: Mapped[str] = mapped_column(String(64), default="")
    method: Mapped[str] = mapped_column(String(40), default="", server_default="")
    actor: Mapped[str] = mapped_column(String(40), default="subscriber", server_default="subscriber")
    detail: Mapped[str] = mapped_column(default="", server_default="")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="RESTRICT"))
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
