"""What is due, in a fair order: the statements of all campaigns under way, window by window, or the notices."""

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.mailbox_providers import MailboxProviders
from app.models import Campaign
from app.services import campaigns, holds
from worker.delivery import ledger, planner
from worker.delivery.claims import Claim, Page, Place, claim_notices, claim_statements
from worker.delivery.messages import Messages, Unsendable
from worker.delivery.recorder import DATABASE_AWAY
from worker.delivery.tray import Prepared
from worker.limits.throttle import Throttle

_LOOK_AGAIN = 1.0
_MOST_NOTICES = 20
log = structlog.get_logger()


class Docket(Protocol):
    """Where a stream takes its work from."""

    def take(self, most: int, resting: Collection[str]) -> Sequence[Prepared]:
        """Claim up to `most` due rows and prepare them, but for readers at these domains."""

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more was due at the last look."""

    def look_again(self) -> None:
        """Forget what was known about campaigns: somebody has changed something."""

    def note(self, words: str) -> None:
        """Tell staff why it doesn't get on; empty words say that it does."""

    def close(self) -> None:
        """Close what is over."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Readers who are claimed together: one limited group of domains, or all the others."""

    name: str = ""
    only: frozenset[str] | None = None


class Campaigns:
    """The statements. Each window is of another campaign, so that a small one needn't wait for a big one."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        messages: Messages,
        *,
        throttle: Throttle,
        providers: MailboxProviders,
        worker: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._messages = messages
        self._throttle = throttle
        self._providers = providers
        self._worker = worker
        self._clock = clock
        limited = [Lane(group.name, frozenset(group.domains)) for group in throttle.groups]
        self._lanes = [*limited, Lane()]
        self._groups = {domain: lane.name for lane in limited for domain in lane.only or ()}
        self._rota: deque[int] = deque()
        self._held: dict[int, frozenset[str]] = {}
        self._after: dict[tuple[int, Lane], int] = {}
        self._dry_until: dict[tuple[int, Lane], float] = {}
        self._fresh_until = 0.0

    def take(self, most: int, resting: Collection[str]) -> Sequence[Prepared]:
        """Claim a window of the campaign that has waited longest; one in which nothing is due is passed by."""
        self._refresh()
        for _ in range(len(self._rota)):
            self._rota.rotate(-1)
            claims = self._window(self._rota[0], most, self._held[self._rota[0]].union(resting))
            if claims:
                return self._prepared(self._rota[0], claims)
        return []

    @property
    def is_exhausted(self) -> bool:
        """Whether every lane of every campaign was found dry a moment ago."""
        now = time.monotonic()
        return all(self._dry_until.get((number, lane), 0.0) > now for number in self._rota for lane in self._lanes)

    def look_again(self) -> None:
        """Ask anew which campaigns are under way and which providers are held."""
        self._fresh_until = 0.0
        self._dry_until.clear()

    def note(self, words: str) -> None:
        """Keep why the campaigns under way don't get on."""
        self._refresh()
        with self._sessions.begin() as session:
            for number in sorted(self._rota):
                campaigns.note_trouble(session, number, words)

    def close(self) -> None:
        """Close the campaigns of which nothing is open any more."""
        with self._sessions.begin() as session:
            for number in sorted(self._rota):
                planner.finish(session, number, now=self._clock())

    def _refresh(self) -> None:
        if time.monotonic() < self._fresh_until:
            return
        with self._sessions.begin() as session:
            going = session.scalars(select(Campaign.id).where(planner.under_way(self._clock()))).all()
            self._held = {number: holds.held_domains(session, number, self._providers) for number in going}
        kept = [number for number in self._rota if number in self._held]
        self._rota = deque([*kept, *sorted(self._held.keys() - set(kept))])
        self._after = {key: row for key, row in self._after.items() if key[0] in self._held}
        self._fresh_until = time.monotonic() + _LOOK_AGAIN

    def _window(self, campaign_id: int, most: int, unwanted: frozenset[str]) -> list[Claim]:
        """Claim from each lane that has permits; a limited one gets at most half of what is left."""
        claims: list[Claim] = []
        for lane in self._lanes:
            left = most - len(claims)
            if left <= 0 or self._dry_until.get((campaign_id, lane), 0.0) > time.monotonic():
                continue
            allowed = self._throttle.group(lane.name, max(1, left // 2)) if lane.only is not None else left
            if not allowed:
                continue
            page = self._page(campaign_id, lane, allowed, unwanted)
            if lane.only is not None and len(page.claims) < allowed:
                self._throttle.give_back_group(lane.name, allowed - len(page.claims))
            claims += page.claims
        return claims

    def _page(self, campaign_id: int, lane: Lane, most: int, unwanted: frozenset[str]) -> Page:
        """Claim behind the last row of this lane; at its end begin anew, for rows that have become due meanwhile."""
        after = self._after.get((campaign_id, lane), 0)
        only = lane.only - unwanted if lane.only is not None else None
        without = unwanted | self._groups.keys() if lane.only is None else frozenset[str]()
        place = Place(campaign_id, after, only=only, without=without)
        with self._sessions.begin() as session:
            page = claim_statements(session, place, worker=self._worker(), most=most, now=self._clock())
        is_end = page.seen < most
        self._after[campaign_id, lane] = 0 if is_end else page.last_id
        if is_end and not after:
            self._dry_until[campaign_id, lane] = time.monotonic() + _LOOK_AGAIN
        return page

    def _prepared(self, campaign_id: int, claims: Sequence[Claim]) -> Sequence[Prepared]:
        try:
            with self._sessions.begin() as session:
                compiled = self._messages.statement(session, campaign_id)
        except DATABASE_AWAY:
            raise
        except Exception as error:  # whatever is wrong with one campaign must not keep the others waiting
            log.exception("campaign.unsendable", campaign=campaign_id)
            why = "the message breaks a rule" if isinstance(error, Unsendable) else "the message can't be made"
            with self._sessions.begin() as session:
                ledger.release(session, [claim.delivery_id for claim in claims], worker=self._worker())
                campaigns.halt(session, campaign_id, f"Paused, because {why}: {error}")
            self.look_again()
            return []
        return [
            Prepared(claim, partial(self._messages.fill, compiled, claim), self._groups.get(claim.address.domain, ""))
            for claim in claims
        ]


class Notices:
    """The transactional mails, oldest first, each written when it is taken."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        messages: Messages,
        *,
        worker: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._messages = messages
        self._worker = worker
        self._clock = clock
        self.is_exhausted = False

    def take(self, most: int, resting: Collection[str]) -> Sequence[Prepared]:
        """Claim a few that are due: each is written and checked, which takes longer than sending it."""
        most = min(most, _MOST_NOTICES)
        with self._sessions.begin() as session:
            page = claim_notices(session, worker=self._worker(), most=most, now=self._clock())
        self.is_exhausted = page.seen < most
        return [Prepared(claim, self._written(claim)) for claim in page.claims]

    def look_again(self) -> None:
        """Rows were given back: they are due again."""
        self.is_exhausted = False

    def note(self, words: str) -> None:
        """Log it: nobody watches a notice."""
        if words:
            log.warning("notices.wait", why=words)

    def close(self) -> None:
        """There is nothing to close."""

    def _written(self, claim: Claim) -> Callable[[], tuple[str, str, bytes]]:
        try:
            with self._sessions.begin() as session:
                sender, raw = self._messages.notice(session, claim)
        except DATABASE_AWAY:
            raise
        except Exception as error:  # whatever is wrong with one notice must not keep the others waiting
            log.exception("notice.unsendable", delivery=claim.delivery_id)
            return partial(_refuse, Unsendable(str(error) or type(error).__name__))
        return lambda: (sender, claim.address.wire, raw)


def _refuse(error: Exception) -> tuple[str, str, bytes]:
    raise error
