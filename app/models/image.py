"""Pictures of statements, kept in the database so that every process can serve them from a read-only disk."""

from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt


class Image(Base):
    """One picture, re-encoded when it came in (no metadata left), with its size in pixels."""

    __tablename__ = "images"
    __table_args__ = (CheckConstraint("width > 0 AND height > 0", name="size"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[CreatedAt]
