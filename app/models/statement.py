"""What the press office publishes."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column
from app.models.image import Image
from app.models.topic import Topic


class StatementState(StrEnum):
    """Whether the public can see it."""

    DRAFT = "draft"
    PUBLISHED = "published"


statement_topics = Table(
    "statement_topics",
    Base.metadata,
    Column("statement_id", ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", ForeignKey("topics.id", ondelete="RESTRICT"), primary_key=True),
)


class Statement(Base):
    """One statement; `version` counts saves, so that two people editing can't overwrite each other unseen."""

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_at"),
        Index("ix_statements_published", "issued_on", "id", postgresql_where="state = 'published'"),
    )

    id: Mapped[BigKey]
    slug: Mapped[str] = mapped_column(String(120))
    state: Mapped[StatementState] = mapped_column(state_column(StatementState, "state"), default=StatementState.DRAFT)
    language: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(250))
    standfirst: Mapped[str] = mapped_column(default="")
    issued_on: Mapped[date]
    body: Mapped[str] = mapped_column(default="")
    signatory_name: Mapped[str] = mapped_column(String(200), default="")
    signatory_role: Mapped[str] = mapped_column(String(200), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_role: Mapped[str] = mapped_column(String(200), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(60), default="")
    image_id: Mapped[UUID | None] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"))
    image_alt: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    topics: Mapped[list[Topic]] = relationship(secondary=statement_topics, order_by=Topic.position)
    image: Mapped[Image | None] = relationship()
