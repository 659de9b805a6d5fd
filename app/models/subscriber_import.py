"""People who subscribed elsewhere: read and judged first, applied when somebody says so, undone by the import's id."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, CreatedAt, state_column


class ImportReader(StrEnum):
    """Which program wrote the file."""

    CSV = "csv"
    LISTMONK = "listmonk"
    MAILCHIMP = "mailchimp"
    MAILMAN = "mailman"


class ImportState(StrEnum):
    """How far it is."""

    UPLOADED = "uploaded"
    READING = "reading"
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DISCARDED = "discarded"
    FAILED = "failed"


class ImportVerdict(StrEnum):
    """What becomes, or became, of one line."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class SubscriberImport(Base):
    """One file. Consent given elsewhere is believed on somebody's word: `source`, `consented_on`, `basis`.

    `octets_read` and `section` (whatever its reader must know besides) say where in the file reading goes on; `place`
    is the last line that was read or applied, or the last subscriber who was looked at when it is taken back.
    """

    __tablename__ = "imports"

    id: Mapped[BigKey]
    name: Mapped[str] = mapped_column(String(200))
    reader: Mapped[ImportReader] = mapped_column(state_column(ImportReader, "reader"))
    state: Mapped[ImportState] = mapped_column(
        state_column(ImportState, "state"), default=ImportState.UPLOADED, server_default="uploaded"
    )
    source: Mapped[str]
    consented_on: Mapped[date]
    basis: Mapped[str]
    language: Mapped[str] = mapped_column(String(12))
    topic_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    octets: Mapped[int]
    octets_read: Mapped[int] = mapped_column(default=0, server_default="0")
    added: Mapped[int] = mapped_column(default=0, server_default="0")
    unchanged: Mapped[int] = mapped_column(default=0, server_default="0")
    refused: Mapped[int] = mapped_column(default=0, server_default="0")
    applied: Mapped[int] = mapped_column(default=0, server_default="0")
    taken_back: Mapped[int] = mapped_column(default=0, server_default="0")
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    section: Mapped[str] = mapped_column(String(40), default="", server_default="")
    trouble: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[CreatedAt]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id", ondelete="SET NULL"))
    touched_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class ImportPiece(Base):
    """A piece of the file as it came, so that any worker can read it; forgotten once it is read."""

    __tablename__ = "import_pieces"

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Base):
    """One line as it was read, and the verdict. A refused one says why; its address is kept until the import ends."""

    __tablename__ = "import_rows"
    __table_args__ = (
        CheckConstraint("(verdict = 'refused') = (reason <> '')", name="reason"),
        Index("ix_import_rows_verdict", "import_id", "verdict", "line"),
        Index("ix_import_rows_identity", "import_id", "identity"),
        Index("ix_import_rows_whose", "identity"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    verdict: Mapped[ImportVerdict] = mapped_column(state_column(ImportVerdict, "verdict"))
    reason: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str]
    local: Mapped[str] = mapped_column(default="", server_default="")
    domain: Mapped[str] = mapped_column(default="", server_default="")
    identity: Mapped[str] = mapped_column(default="", server_default="")
    address_hmac: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12), default="", server_default="")
    first_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    last_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
