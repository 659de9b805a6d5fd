"""The way of a new installation to its first campaign: which steps are done. Afterwards there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from app.models import (
    AuditEntry,
    Campaign,
    ConsentEvent,
    Letter,
    LetterKind,
    LetterState,
    StaffMember,
    Statement,
    StatementState,
    Topic,
)
from app.services.access import second_factor
from app.settings import Settings

TICK = "first_step.tick"
_LOST = (LetterState.FAILED, LetterState.UNKNOWN)


class StepName(StrEnum):
    """What is to be done, in this order."""

    ACCOUNT = "account"
    SENDER = "sender"
    TOPIC = "topic"
    FORM = "form"
    WRITE = "write"
    PUBLISH = "publish"
    TEST = "test"
    SEND = "send"


TICKED = (StepName.SENDER, StepName.FORM)
"""Steps that somebody may call done by a button, because there may be nothing to change."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of them."""

    name: StepName
    is_done: bool


def look(session: Session, settings: Settings, member: StaffMember) -> Sequence[Step]:
    """The steps for somebody; empty once a campaign was sent (and not undone)."""
    done = session.execute(
        select(
            _is_sent().label(StepName.SEND),
            exists().where(_ticked(StepName.SENDER)).label(StepName.SENDER),
            exists().where(Topic.id.is_not(None)).label(StepName.TOPIC),
            _has_come_in().label(StepName.FORM),
            exists().where(Statement.id.is_not(None)).label(StepName.WRITE),
            exists().where(Statement.state == StatementState.PUBLISHED).label(StepName.PUBLISH),
            exists().where(Letter.kind == LetterKind.TEST, Letter.state.not_in(_LOST)).label(StepName.TEST),
        )
    ).one()
    if done.send:
        return []
    is_done = {**done._mapping, StepName.ACCOUNT: second_factor.is_set_up(session, member)}
    is_done[StepName.FORM] = bool(is_done[StepName.FORM] or settings.embed_origins)
    return [Step(name, bool(is_done[name])) for name in StepName]


def _is_sent() -> ColumnElement[bool]:
    return exists().where(Campaign.started_at.is_not(None))


def _ticked(name: StepName) -> ColumnElement[bool]:
    """Whether the audit log says that it was done: by its button, or by changing a setting."""
    by_button = (AuditEntry.action == TICK) & (AuditEntry.details["step"].astext == name.value)
    return or_(by_button, AuditEntry.action == "settings.change") if name is StepName.SENDER else by_button


def _has_come_in() -> ColumnElement[bool]:
    """Whether somebody has signed up by the form, here or on another site, or staff have looked at it."""
    by_form = exists().where(ConsentEvent.source.startswith("/"))
    return or_(by_form, exists().where(_ticked(StepName.FORM)))
