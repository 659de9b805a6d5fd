"""The people of the press office: what they may do, how they prove who they are, and where they are signed in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, CreatedAt, state_column


class Role(StrEnum):
    """What somebody is to the press office; what each may do stands in `app/permissions.py`."""

    VIEWER = "viewer"
    AUTHOR = "author"
    APPROVER = "approver"
    ADMIN = "admin"


class StaffMember(Base):
    """Somebody who may use the console; `identity` is the address under which they sign in, without regard to case.

    `password_hash` is empty until an invitation is accepted. `totp_secret` is encrypted, and empty while no
    authenticator app is set up; `totp_step` is the last time step of which a code was used (RFC 6238 section 5.2).
    """

    __tablename__ = "staff_members"
    __table_args__ = (UniqueConstraint("identity"),)

    id: Mapped[BigKey]
    email: Mapped[str] = mapped_column(String(254))
    identity: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(state_column(Role, "role"), default=Role.ADMIN, server_default="admin")
    password_hash: Mapped[str]
    is_enabled: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int | None]
    created_at: Mapped[CreatedAt]


class StaffSession(Base):
    """One sign-in. The cookie holds a random key whose hash stands here, so that signing out ends it for good.

    Until a second factor that the account has was shown, `is_complete` is false and it opens nothing.
    `proved_at` is when the password, or a passkey, was shown last: what is grave asks for it anew.
    """

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
    proved_at: Mapped[datetime | None]
    is_complete: Mapped[bool] = mapped_column(default=True, server_default="true")
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    network: Mapped[str] = mapped_column(String(64), default="", server_default="")
    staff_member: Mapped[StaffMember] = relationship()


class RecoveryCode(Base):
    """A code for the day on which the telephone is lost; each works once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_staff_member_id", "staff_member_id"),)

    id: Mapped[BigKey]
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A WebAuthn credential: the public key that an authenticator proves to have the private one of."""

    __tablename__ = "passkeys"
    __table_args__ = (UniqueConstraint("credential_id"), Index("ix_passkeys_staff_member_id", "staff_member_id"))

    id: Mapped[BigKey]
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None]
    staff_member: Mapped[StaffMember] = relationship()


class StaffLinkKind(StrEnum):
    """What a mailed link is for."""

    INVITATION = "invitation"
    RESET = "reset"


class StaffLink(Base):
    """A link mailed to a member of staff: its key's hash, used once at most and within its time."""

    __tablename__ = "staff_links"
    __table_args__ = (UniqueConstraint("key_hash"), Index("ix_staff_links_staff_member_id", "staff_member_id"))

    id: Mapped[BigKey]
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id", ondelete="CASCADE"))
    kind: Mapped[StaffLinkKind] = mapped_column(state_column(StaffLinkKind, "kind"))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    staff_member: Mapped[StaffMember] = relationship()
