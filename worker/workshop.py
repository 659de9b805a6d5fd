"""What one worker process works with: its database sessions, its relay connection, its crash journal.

Everything is made on first use, after the fork, so that no two processes share a connection.
"""

import os
from contextlib import suppress
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.clock import Clock, utc_now
from app.database import engine_for, sessions
from app.jobs import Bell, CeleryBell, attach, celery_client
from app.services.editions import Press
from app.settings import Settings
from worker.delivery.journal import Journal, settle
from worker.delivery.pipeline import Pipeline
from worker.delivery.relay import Relay


class Workshop:
    """The tools of this process; `of_this_process` starts afresh in a forked child."""

    def __init__(self, settings: Settings, clock: Clock = utc_now, bell: Bell | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self._bell = bell
        self._pid = os.getpid()

    def of_this_process(self) -> "Workshop":
        """These tools, or new ones if the process was forked since they were made."""
        if self._pid != os.getpid():
            for name in ("engine", "sessions", "pipeline", "journal", "transport"):
                self.__dict__.pop(name, None)
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
    def transport(self) -> Relay:
        """The connections to the relay."""
        return Relay(self.settings.smtp_url, self.settings.ehlo_name)

    @cached_property
    def pipeline(self) -> Pipeline:
        """Claim, fill, hand over, record."""
        press = Press.from_settings(self.settings)
        return Pipeline(self.sessions, self.transport, self.journal, press, self.clock)

    def settle(self) -> int:
        """Settle the rows of dead processes from their journals; gives the number of journals."""
        return settle(self.settings.var_dir / "journal", self.sessions, self.clock)

    def close(self) -> None:
        """Say goodbye to the relay, close the journal and the connections."""
        with suppress(OSError):
            if "transport" in self.__dict__:
                self.transport.close()
        if "journal" in self.__dict__:
            self.journal.close()
        if "engine" in self.__dict__:
            self.engine.dispose()
