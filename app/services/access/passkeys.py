"""Passkeys (WebAuthn, level 3): a key pair in somebody's device, made for this site alone and never leaving it.

A challenge is good for one use although nothing is stored of it: it carries its time, and a passkey takes none that was
issued before it was used last.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from app.models import Passkey, StaffMember
from app.settings import Settings

MAXIMUM_NAME = 100
MOST = 20
LIFE = timedelta(minutes=5)
_LONGEST_RESPONSE = 20_000
_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are made for: the host of the public URL; none can be made for a bare IP address."""

    host: str
    origin: str
    name: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """That of an installation."""
        return cls(urlsplit(settings.public_url).hostname or "", settings.public_url, settings.organisation)

    @property
    def can_have_passkeys(self) -> bool:
        """Whether browsers make passkeys for it: by https, or on this very machine."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https://") or self.host == "localhost"
        return False


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a device has to sign, and since when."""

    value: bytes
    issued_at: datetime

    @classmethod
    def new(cls, now: datetime) -> Self:
        """A fresh one."""
        return cls(secrets.token_bytes(32), now)

    def is_over(self, now: datetime) -> bool:
        """Whether the answer took too long."""
        return not timedelta() <= now - self.issued_at <= LIFE


def every(session: Session, member: StaffMember) -> Sequence[Passkey]:
    """Somebody's passkeys, oldest first."""
    return session.scalars(select(Passkey).where(Passkey.staff_member_id == member.id).order_by(Passkey.id)).all()


def get(session: Session, member: StaffMember, passkey_id: int) -> Passkey:
    """One of somebody's own passkeys; raises NotFound for anybody else's."""
    found = session.get(Passkey, passkey_id)
    if found is None or found.staff_member_id != member.id:
        raise NotFound("There is no such passkey.")
    return found


def offer(session: Session, site: Site, member: StaffMember, challenge: Challenge) -> str:
    """What a browser needs to make a passkey, as JSON; it makes no second one on the same device."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_name=member.email,
        user_id=hashlib.sha256(f"{site.origin}\n{member.id}".encode()).digest(),
        user_display_name=member.name,
        challenge=challenge.value,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(every(session, member)),
    )
    return options_to_json(options)


def register(
    session: Session, site: Site, member: StaffMember, response: str, challenge: Challenge, *, name: str, now: datetime
) -> Passkey:
    """Keep the passkey that a browser has made; raises Invalid if it can't be read or took too long."""
    if len(every(session, member)) >= MOST:
        raise Conflict(f"You have {MOST} passkeys. Remove one that you don't use any more.")
    try:
        made = verify_registration_response(
            credential=response[:_LONGEST_RESPONSE],
            expected_challenge=challenge.value,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except _UNREADABLE as error:
        raise _not_made() from error
    if challenge.is_over(now) or session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise _not_made()
    passkey = Passkey(
        staff_member_id=member.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=_named(name),
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def ask(session: Session, site: Site, member: StaffMember | None, challenge: Challenge, *, alone: bool) -> str:
    """What a browser needs to show a passkey, as JSON: one of somebody's, or any that its owner chooses.

    Where it stands `alone`, without a password, the device has to know its owner by a PIN, a finger or a face.
    """
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge.value,
        allow_credentials=_descriptors(every(session, member)) if member else [],
        user_verification=UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def check(
    session: Session,
    site: Site,
    response: str,
    challenge: Challenge,
    *,
    now: datetime,
    alone: bool,
    member: StaffMember | None = None,
) -> Passkey:
    """The passkey that signed the challenge; raises Forbidden in one way, whatever was wrong.

    With `member` it has to be one of theirs. It and the answer are used up.
    """
    passkey = _by_response(session, response)
    if passkey is None or (member is not None and passkey.staff_member_id != member.id):
        raise _not_accepted()
    if challenge.is_over(now) or (passkey.used_at is not None and challenge.issued_at <= passkey.used_at):
        raise _not_accepted()
    try:
        shown = verify_authentication_response(
            credential=response,
            expected_challenge=challenge.value,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=alone,
        )
    except _UNREADABLE as error:
        raise _not_accepted() from error
    if not passkey.staff_member.is_enabled:
        raise _not_accepted()
    passkey.sign_count, passkey.used_at = shown.new_sign_count, now
    return passkey


def rename(passkey: Passkey, name: str) -> None:
    """Call it something else; raises Invalid (field "name")."""
    passkey.name = _named(name)


def _by_response(session: Session, response: str) -> Passkey | None:
    """Which passkey an answer speaks of, held until the transaction's end."""
    if len(response) > _LONGEST_RESPONSE:
        return None
    try:
        credential_id = parse_authentication_credential_json(response).raw_id
    except _UNREADABLE:
        return None
    return session.scalar(
        select(Passkey)
        .options(joinedload(Passkey.staff_member, innerjoin=True))
        .where(Passkey.credential_id == credential_id)
        .with_for_update(of=Passkey)
    )


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known]


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAXIMUM_NAME or not name.isprintable():
        words = f"Give the passkey a name of at most {MAXIMUM_NAME} characters, such as “My laptop”."
        raise Invalid(Problem(words, field="name"))
    return name


def _not_made() -> Invalid:
    words = "The passkey was not kept: the browser's answer could not be read, or it took too long. Try again."
    return Invalid(Problem(words, field="add-passkey"))


def _not_accepted() -> Forbidden:
    return Forbidden("This passkey was not accepted. Try again, or sign in in another way.")
