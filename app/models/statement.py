"""What the press office publishes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column
from app.models.image import Image
from app.models.topic import Topic


class StatementState(StrEnum):
    """Whether the public can see it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


statement_topics = Table(
    "statement_topics",
    Base.metadata,
    Column("statement_id", ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True),
    Column("topic_id", ForeignKey("topics.id", ondelete="RESTRICT"), primary_key=True),
)


class Statement(Base):
    """One statement in the language in which it was written first; `translations` say the same in others.

    `version` counts saves, so that two people editing can't overwrite each other unseen. `correction` tells readers of
    the page what was corrected after it was published, and `corrected_at` when. An image without a description is
    decorative, if `image_is_decorative` says so.
    """

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
    easy_summary: Mapped[str] = mapped_column(default="", server_default="")
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
    image_is_decorative: Mapped[bool] = mapped_column(default=False, server_default="false")
    published_at: Mapped[datetime | None]
    correction: Mapped[str] = mapped_column(default="", server_default="")
    corrected_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    topics: Mapped[list[Topic]] = relationship(secondary=statement_topics, order_by=Topic.position)
    image: Mapped[Image | None] = relationship()
    translations: Mapped[list["Translation"]] = relationship(
        order_by="Translation.language", cascade="all, delete-orphan", back_populates="statement"
    )


class Translation(Base):
    """The words of a statement in one more language; date, topics, names, addresses and image are the statement's.

    `correction` says the statement's in this language; it is emptied when that one becomes another.
    """

    __tablename__ = "translations"
    __table_args__ = (CheckConstraint("title <> ''", name="title"),)

    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    title: Mapped[str] = mapped_column(String(250))
    standfirst: Mapped[str] = mapped_column(default="")
    easy_summary: Mapped[str] = mapped_column(default="", server_default="")
    body: Mapped[str] = mapped_column(default="")
    signatory_role: Mapped[str] = mapped_column(String(200), default="")
    contact_role: Mapped[str] = mapped_column(String(200), default="")
    image_alt: Mapped[str] = mapped_column(default="")
    correction: Mapped[str] = mapped_column(default="", server_default="")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    statement: Mapped[Statement] = relationship(back_populates="translations")


class StatementVersion(Base):
    """What a statement said after one of its saves, in all its languages, as JSON."""

    __tablename__ = "statement_versions"

    statement_id: Mapped[int] = mapped_column(ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Autosave(Base):
    """What somebody has typed and not saved yet, kept by the page itself; one for each form that they opened.

    `key` names the form. `statement_id` is empty while the statement is new; `version` is the one that they began with.
    """

    __tablename__ = "autosaves"
    __table_args__ = (
        Index(
            "uq_autosaves_staff_member_id_statement_id_language_key",
            "staff_member_id",
            "statement_id",
            "language",
            "key",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[BigKey]
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statements.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(12), default="", server_default="")
    key: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=0)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]
