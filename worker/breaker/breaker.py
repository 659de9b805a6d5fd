"""The circuit breaker: it stops what would burn readers or our name, before it has become many, and says why.

A provider is held when too many of its answers say that readers don't exist, or that it doesn't want our mail: the
one is often the provider's own mistake, and neither gets better by going on. A campaign is paused when mail is refused
for what it says or who sends it wherever it goes, and at once when our relay doesn't serve us.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from redis import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.clock import Clock
from app.mailbox_providers import MailboxProviders
from app.models import Campaign, CampaignState
from app.services import campaigns, holds
from app.services.conclusions import FEWEST, MOST_HARD
from worker.breaker import words
from worker.breaker.counts import ALL, MemoryCounts, RedisCounts, Tally, Window
from worker.replies import ReplyClass

MOST_UNWANTED = 0.02
LONGEST_RUN = 3
_LOOK_EVERY = timedelta(seconds=1)
_WITHOUT_REDIS = timedelta(seconds=30)
UNSERVED = "unserved"
_UNSERVED = (ReplyClass.PROTOCOL, ReplyClass.RELAY)
_PROVIDERS_WORD = (ReplyClass.HARD, ReplyClass.BLOCKED)
log = structlog.get_logger()


class Answer(NamedTuple):
    """One answer to one message: the recipient's domain, its kind (None: accepted), and the words."""

    domain: str
    reply_class: ReplyClass | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was stopped: a provider, or (if none is named) the whole campaign."""

    campaign_id: int
    provider: str
    words: str
    is_everywhere: bool = False


@dataclass(frozen=True, slots=True)
class _Standing:
    """A campaign as the database had it a moment ago; what isn't sent any more is not counted either."""

    key: str
    is_sending: bool
    held: frozenset[str]
    looked_at: datetime


class Breaker:
    """Counts the answers of all processes together and carries out what follows from them."""

    def __init__(
        self, redis_url: str, sessions: sessionmaker[Session], providers: MailboxProviders, clock: Clock
    ) -> None:
        self._shared = RedisCounts(redis_url)
        self._own = MemoryCounts()
        self._without_redis_until: datetime | None = None
        self._sessions = sessions
        self._providers = providers
        self._clock = clock
        self._standings: dict[int, _Standing] = {}

    def note(self, campaign_id: int, answers: Sequence[Answer]) -> list[Verdict]:
        """Count these answers, in their order, and stop what has to be stopped; gives what that is.

        It is called after the ledger was told. It never raises: what can't be decided now is decided with the next
        answers.
        """
        try:
            standing = self._look(campaign_id)
            if standing is None or not standing.is_sending:
                return []
            verdicts = self._judged(campaign_id, standing, answers)
            if verdicts:
                self._carry_out(verdicts, standing)
        except SQLAlchemyError as error:
            log.warning("breaker.database_away", campaign=campaign_id, error=str(error))
            return []
        return verdicts

    def close(self) -> None:
        """Close the connection to Redis."""
        self._shared.close()

    def _look(self, campaign_id: int) -> _Standing | None:
        """See, at most once a second, whether it is sending and who is held; count anew where that has changed."""
        before, now = self._standings.get(campaign_id), self._clock()
        if before is not None and abs(now - before.looked_at) < _LOOK_EVERY:
            return before
        with self._sessions.begin() as session:
            row = session.execute(select(Campaign.public_id, Campaign.state).where(Campaign.id == campaign_id)).first()
            if row is None:
                return None
            held = holds.held_providers(session, campaign_id)
        standing = _Standing(row.public_id.hex, row.state is CampaignState.SENDING, held, now)
        self._standings[campaign_id] = standing
        if before is not None:
            for provider in before.held ^ held:
                self._forget(standing.key, provider)
            if before.is_sending != standing.is_sending:
                self._forget(standing.key)
        return standing

    def _judged(self, campaign_id: int, standing: _Standing, answers: Sequence[Answer]) -> list[Verdict]:
        tally, said = self._tally(answers, standing.held)
        window = self._count(standing.key, tally) if tally.attempts else None
        return judge(campaign_id, window, said) if window is not None else []

    def _tally(self, answers: Sequence[Answer], held: frozenset[str]) -> tuple[Tally, dict[str, str]]:
        """Sum up, without late answers of providers that are held already; keep what was said last of each kind."""
        tally, said = Tally(), dict[str, str]()
        for domain, kind, text in answers:
            provider = self._providers.provider_of(domain)
            if provider in held:
                continue
            tally.attempts[provider] += 1
            if kind is None:
                tally.accepted()
            elif kind in _UNSERVED:
                tally.unserved()
                said[UNSERVED] = words.unserved(kind, text)
            elif kind in _PROVIDERS_WORD:
                tally.unwanted(kind, provider)
                said[f"{kind} {provider}"] = said[kind] = text
            elif kind is ReplyClass.CONTENT:
                tally.unwanted(kind)
                said[kind] = text
        return tally, said

    def _carry_out(self, verdicts: Sequence[Verdict], standing: _Standing) -> None:
        """Write it down, for every process and for staff; then count anew."""
        with self._sessions.begin() as session:
            for verdict in verdicts:
                if not verdict.provider:
                    campaigns.halt(session, verdict.campaign_id, verdict.words)
                    log.error("campaign.halted", campaign=verdict.campaign_id, why=verdict.words)
                elif self._hold(session, verdict):
                    log.error(
                        "provider.held", provider=verdict.provider, campaign=verdict.campaign_id, why=verdict.words
                    )
        stopped = {verdict.provider for verdict in verdicts}
        for provider in stopped:
            self._forget(standing.key, provider)
        self._standings[verdicts[0].campaign_id] = replace(
            standing, held=standing.held | stopped - {ALL}, is_sending=ALL not in stopped
        )

    def _hold(self, session: Session, verdict: Verdict) -> bool:
        campaign_id = None if verdict.is_everywhere else verdict.campaign_id
        return holds.hold(session, verdict.provider, verdict.words, now=self._clock(), campaign_id=campaign_id)

    def _count(self, key: str, tally: Tally) -> Window | None:
        """Count for all processes, or for this one alone while Redis is away."""
        now = self._clock()
        if self._without_redis_until is None or now >= self._without_redis_until:
            try:
                window = self._shared.add(key, _minute(now), tally)
            except (RedisError, OSError) as error:
                log.warning("breaker.redis_away", error=str(error))
                self._without_redis_until = now + _WITHOUT_REDIS
            else:
                self._without_redis_until = None
                return window
        return self._own.add(key, _minute(now), tally)

    def _forget(self, key: str, provider: str = ALL) -> None:
        minute = _minute(self._clock())
        self._own.forget(key, minute, provider)
        with suppress(RedisError, OSError):
            self._shared.forget(key, minute, provider)


def _minute(now: datetime) -> int:
    return int(now.timestamp() // 60)


def judge(campaign_id: int, window: Window, said: Mapping[str, str]) -> list[Verdict]:
    """What follows from the last fifteen minutes; `said` has the words of those kinds that have just come in."""
    if window.run >= LONGEST_RUN and UNSERVED in said:
        return [Verdict(campaign_id, ALL, said[UNSERVED])]
    attempts = window.attempts[ALL]
    unwanted = _unwanted_elsewhere(window.bad)
    if attempts >= FEWEST and unwanted > MOST_UNWANTED * attempts:
        text = said.get(ReplyClass.CONTENT) or said.get(ReplyClass.BLOCKED, "")
        return [Verdict(campaign_id, ALL, words.unwanted(unwanted, attempts, text))]
    return [
        verdict
        for provider in sorted(window.attempts.keys() - {ALL})
        if (verdict := _on_provider(campaign_id, provider, window, said)) is not None
    ]


def _unwanted_elsewhere(bad: Mapping[str, int]) -> int:
    """Refusals of the message or of us, but for those of the one provider that blocks most: it is held by itself.

    What is left is a fault that others see as well, and going on would spoil our name with each of them.
    """
    blocked = [number for kind, number in bad.items() if kind.startswith(f"{ReplyClass.BLOCKED} ")]
    return bad.get(ReplyClass.CONTENT, 0) + sum(blocked) - max(blocked, default=0)


def _on_provider(campaign_id: int, provider: str, window: Window, said: Mapping[str, str]) -> Verdict | None:
    attempts = window.attempts[provider]
    if attempts < FEWEST:
        return None
    for kind, most in ((ReplyClass.BLOCKED, MOST_UNWANTED), (ReplyClass.HARD, MOST_HARD)):
        number, text = window.bad.get(f"{kind} {provider}", 0), said.get(f"{kind} {provider}", "")
        if number > most * attempts:
            sentence = words.held(kind, provider, number, attempts, text)
            return Verdict(campaign_id, provider, sentence, is_everywhere=kind is ReplyClass.BLOCKED)
    return None
