"""What one worker process works with: its database sessions, its relays, its limits, its crash journal.

Everything is made on first use, after the fork, so that no two processes share a connection.
"""

import gc
import os
from contextlib import suppress
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.clock import Clock, utc_now
from app.database import engine_for, sessions
from app.jobs import Bell, CeleryBell, attach, celery_client
from app.mailbox_providers import MailboxProviders
from app.services import site
from app.services.editions import Press
from app.settings import Settings
from worker.breaker.breaker import Breaker
from worker.delivery.journal import Journal, settle
from worker.delivery.letters import Letters
from worker.delivery.pipeline import Pipeline
from worker.delivery.retry import Retries
from worker.delivery.stream import Equipment
from worker.intake.desk import Desk
from worker.limits.lines import lines_for
from worker.limits.throttle import Throttle, throttle_for
from worker.smtp.relays import Relays
from worker.stopping import Stopping


class Workshop:
    """The tools of this process; `of_this_process` starts afresh in a forked child."""

    def __init__(self, settings: Settings, clock: Clock = utc_now, bell: Bell | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self.stopping = Stopping()
        self._bell = bell
        self._pid = os.getpid()
        self._shared = frozenset(self.__dict__)

    def of_this_process(self) -> "Workshop":
        """These tools, or new ones if the process was forked since they were made."""
        if self._pid != os.getpid():
            for name in self.__dict__.keys() - self._shared - {"_shared"}:
                del self.__dict__[name]
            self._pid = os.getpid()
        return self

    @cached_property
    def engine(self) -> Engine:
        """The engine of the process."""
        return engine_for(self.settings)

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Sessions that ring after commit."""
        factory = sessions(self.engine)
        attach(factory, self._bell or CeleryBell(celery_client(self.settings)))
        return factory

    @cached_property
    def journal(self) -> Journal:
        """The crash journal, after those of dead processes have been settled."""
        self.settle()
        return Journal.open(self.settings.var_dir / "journal")

    @cached_property
    def transport(self) -> Relays:
        """The connections to the relays."""
        lines = lines_for(self.settings, self.sessions, self.clock)
        return Relays(self.settings.relays, self.settings.ehlo_name, self.journal.begun, lines)

    @cached_property
    def limits(self) -> Settings:
        """The settings with the limits that staff have set."""
        with self.sessions.begin() as session:
            return site.applied(session, self.settings)

    @cached_property
    def throttle(self) -> Throttle:
        """The limits that all processes share."""
        return throttle_for(self.limits, self.sessions, self.clock)

    @cached_property
    def providers(self) -> MailboxProviders:
        """Which domains belong together."""
        return MailboxProviders.from_settings(self.settings)

    @cached_property
    def retries(self) -> Retries:
        """When to try again."""
        return Retries.from_settings(self.settings)

    @cached_property
    def breaker(self) -> Breaker:
        """What stops a campaign before its readers are burnt."""
        return Breaker(self.settings.redis_url, self.sessions, self.providers, self.clock)

    @cached_property
    def equipment(self) -> Equipment:
        """What every stream of this process works with."""
        return Equipment(self.sessions, self.transport, self.journal, self.throttle, self.providers, self.stopping)

    @cached_property
    def desk(self) -> Desk:
        """What understands the reports that come back."""
        return Desk(self.settings, self.sessions, self.clock)

    @cached_property
    def letters(self) -> Letters:
        """Mail to staff."""
        return Letters(self.equipment, self.settings, self.clock)

    @cached_property
    def pipeline(self) -> Pipeline:
        """Claim, fill, hand over, record."""
        press = Press.from_settings(self.settings)
        # what is there now stays: the collector needn't look at it again after each few thousand rows
        gc.collect()
        gc.freeze()
        return Pipeline(self.equipment, press, retries=self.retries, breaker=self.breaker, clock=self.clock)

    def with_present_limits(self) -> "Workshop":
        """The same tools, made anew as far as they depend on limits that staff have changed since."""
        before = self.__dict__.pop("limits", None)
        if before is not None and before.relays != self.limits.relays:
            for name in ("throttle", "equipment", "letters", "pipeline"):
                self.__dict__.pop(name, None)
        return self

    def get_ready(self) -> None:
        """Make what the first message needs, so that nobody waits for it."""
        _ = self.pipeline

    def settle(self) -> int:
        """Settle the rows of dead processes from their journals; gives the number of journals."""
        return settle(self.settings.var_dir / "journal", self.sessions, self.clock, self.retries)

    def close(self) -> None:
        """Say goodbye to the relays, close the journal and the connections."""
        with suppress(OSError):
            if "transport" in self.__dict__:
                self.transport.close()
        if "journal" in self.__dict__:
            self.journal.close()
        if "engine" in self.__dict__:
            self.engine.dispose()
