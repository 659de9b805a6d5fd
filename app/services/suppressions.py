"""Leaving addresses alone: who must not be written to, remembered by a keyed hash only."""

import hmac
from collections.abc import Iterable

from sqlalchemy import case, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.mail.address import EmailAddress
from app.models import SILENCING, Subscriber, Suppression, SuppressionReason
from app.settings import Settings

ERASED_ON_REQUEST = "erased on request"
"""What stands beside the suppression of whoever was erased, whatever its reason, until an opt-in lifts it."""
LIFTED_BY_OPT_IN = tuple(reason for reason in SuppressionReason if reason not in SILENCING)


def address_hmac(settings: Settings, address: EmailAddress) -> bytes:
    """The 32 bytes under which an address is remembered: HMAC-SHA256 of its identity under the pepper."""
    pepper = settings.address_pepper.get_secret_value().encode()
    return hmac.digest(pepper, address.identity.encode(), "sha256")


def find(session: Session, key: bytes) -> Suppression | None:
    """The suppression of an address, if there is one."""
    return session.scalar(select(Suppression).where(Suppression.address_hmac == key))


def held(session: Session, key: bytes) -> Suppression | None:
    """The suppression of an address, as nobody can change it until the commit."""
    return session.scalar(
        select(Suppression)
        .where(Suppression.address_hmac == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def of_nobody(session: Session) -> int:
    """How many addresses are suppressed that no subscriber has, because they left no trace or were erased."""
    has_owner = exists().where(Subscriber.address_hmac == Suppression.address_hmac)
    return session.scalar(select(func.count()).select_from(Suppression).where(~has_owner)) or 0


def is_silenced(session: Session, key: bytes) -> bool:
    """Whether not even a transactional mail may be sent, and an opt-in changes nothing."""
    found = find(session, key)
    return found is not None and found.reason in SILENCING


def add(session: Session, key: bytes, reason: SuppressionReason, evidence: str = "") -> None:
    """Suppress an address. A reason that only staff can lift is never replaced by a weaker one.

    That its owner was erased stays noted: a restored backup must not bring them back.
    """
    statement = insert(Suppression).values(address_hmac=key, reason=reason, evidence=evidence)
    was_erased = Suppression.evidence == ERASED_ON_REQUEST
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Suppression.address_hmac],
            set_={
                "reason": statement.excluded.reason,
                "evidence": case((was_erased, Suppression.evidence), else_=statement.excluded.evidence),
            },
            where=Suppression.reason.not_in(SILENCING),
        )
    )


def lift(session: Session, key: bytes, reasons: Iterable[SuppressionReason] = LIFTED_BY_OPT_IN) -> None:
    """Lift a suppression if it stands for one of these reasons; a new opt-in is new consent."""
    session.execute(delete(Suppression).where(Suppression.address_hmac == key, Suppression.reason.in_(list(reasons))))
