"""Attacks on the sign-up form: they are told to staff when they begin and when they are over.

The guard guards itself by its own counts at once; here only what staff read is kept.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ConsentEvent, ConsentKind, LetterKind, SignupAttack
from app.services import alerts, letters, site
from app.services.editions import Press
from app.services.guard.judging import Guard
from app.settings import Settings

TIMES = 10
"""So many times the mean of an hour, in thirty days, is not yet an attack."""
_DAYS = 30
_MEAN_OF = timedelta(days=_DAYS)


def watch(session: Session, settings: Settings, *, now: datetime) -> None:
    """Begin or end an attack in the books as the guard's counts say, and write to staff; often, as it costs little."""
    guard = Guard(settings)
    if not guard.knows_usual():
        guard.tell_usual(usual(session, settings, now=now))
    pressure = guard.look(now)
    if pressure is None:
        return
    if pressure.is_attack("auto") and site.get(session, settings).signup_guard == "auto":
        _begin(session, settings, pressure.lately, pressure.usual, now)
    else:
        _end(session, settings, now)


def usual(session: Session, settings: Settings, *, now: datetime) -> int:
    """How many sign-ups within an hour are not yet an attack; those of attacks make none usual."""
    under_attack = exists().where(
        ConsentEvent.created_at >= SignupAttack.began_at,
        ConsentEvent.created_at <= func.coalesce(SignupAttack.ended_at, now),
    )
    asked = select(func.count()).where(
        ConsentEvent.kind == ConsentKind.REQUESTED, ConsentEvent.created_at > now - _MEAN_OF, ~under_attack
    )
    hours = _DAYS * 24
    return max(settings.signup_limits.site_hour, TIMES * (session.scalar(asked) or 0) // hours)


def current(session: Session) -> SignupAttack | None:
    """The attack that goes on, if there is one."""
    return session.scalar(select(SignupAttack).where(SignupAttack.ended_at.is_(None)))


def _begin(session: Session, settings: Settings, lately: int, most: int, now: datetime) -> None:
    row = insert(SignupAttack).values(began_at=now, most=lately, usual=most)
    began = session.scalar(row.on_conflict_do_nothing().returning(SignupAttack.id))
    if began is None:
        larger = SignupAttack.ended_at.is_(None), SignupAttack.most < lately
        session.execute(update(SignupAttack).where(*larger).values(most=lately))
        return
    _tell(
        session,
        settings,
        now,
        heading="The sign-up form is under attack",
        paragraphs=[
            f"{lately:,} sign-ups came within an hour; more than {most:,} are not likely. Somebody may be using the "
            "form to flood strangers with mail.",
            "You need not do anything. Each address gets one confirmation a day at most; until this is over, browsers "
            "have a second's work to do unseen, and whoever has no JavaScript gets the confirmation later.",
            "If you expect so many, because you were in the news for example, you can switch the guard off.",
        ],
    )


def _end(session: Session, settings: Settings, now: datetime) -> None:
    ended = session.execute(
        update(SignupAttack)
        .where(SignupAttack.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignupAttack.began_at, SignupAttack.most)
    ).first()
    if ended is not None:
        hours = (now - ended.began_at).total_seconds() / 3600
        _tell(
            session,
            settings,
            now,
            heading="The attack on the sign-up form is over",
            paragraphs=[
                f"It lasted {hours:.1f} hours, with up to {ended.most:,} sign-ups within an hour.",
                "The form works as before. Confirmations that were held back leave by and by.",
            ],
        )


def _tell(session: Session, settings: Settings, now: datetime, *, heading: str, paragraphs: list[str]) -> None:
    press = Press.from_settings(settings)
    link = {"link_url": press.links.console(), "link_words": "Go to the console"}
    for member in alerts.people(session):
        letters.write(session, press, LetterKind.ALERT, member, now, heading=heading, paragraphs=paragraphs, **link)
