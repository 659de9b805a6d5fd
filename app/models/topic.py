"""What readers may subscribe to: RFC 2919's list, called a topic here."""

from sqlalchemy import CheckConstraint, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, CreatedAt, ShortText


class Topic(Base):
    """One subject that a reader may choose.

    `list_label` is the first part of List-Id and never changes once the topic exists, because readers' filters
    depend on it (RFC 2919 section 2); the name may change at any time. `translations` hold name and description in
    further languages, by tag.
    """

    __tablename__ = "topics"
    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("list_label"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("list_label ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="list_label"),
        CheckConstraint("name <> ''", name="name"),
    )

    id: Mapped[BigKey]
    slug: Mapped[str] = mapped_column(String(80))
    list_label: Mapped[str] = mapped_column(String(63))
    name: Mapped[ShortText]
    description: Mapped[str] = mapped_column(default="")
    translations: Mapped[dict[str, dict[str, str]]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    position: Mapped[int] = mapped_column(default=0)
    is_public: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[CreatedAt]
