"""A whole installation that may be shot at: servers, relays, workers, and the people who are to get the mail."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app import create_app
from app.cli.demo.people import Standing
from app.cli.demo.readers import load
from app.clock import utc_now
from app.database import engine_for, sessions
from app.db import db
from app.jobs import CeleryBell, attach, celery_client
from app.migrations import upgrade
from app.models.campaign import UnknownPolicy
from app.services import access, campaigns, topics
from app.services.editions import Press
from app.settings import Settings
from app.settings_loading import load_settings
from tests import factories
from tests.chaos.certificates import Certificates
from tests.chaos.crew import Crew
from tests.chaos.relay import CHUNKING, PIPELINING, Relay
from tests.chaos.servers import Servers
from tests.chaos.sink import NOBODY
from tests.flows.press_office import ADDRESS, NAME, PASSWORD, PressOffice
from tests.installation import environment

CONNECTIONS = 4
"""Of one sending process to the relay."""
WINDOW = {False: 1, True: 8}
"""Messages in flight on one connection, without and with CHUNKING."""
_TOPIC = "statements"
_AUDIENCE = "SELECT subscriber_id AS id FROM subscriptions WHERE state = 'confirmed'"
_PATIENCE = 60.0
_DOMAINS = 20
_EVERY_REFUSED = 101
Result = TypeVar("Result")


@dataclass
class Stage:
    """What a shooting works with. Made by `opened`.

    `left` says when readers left, by their ids; those `left_in_time` were not claimed then. `rings` has the harness
    ring for the sweep each second, where nobody wants to wait for beat.
    """

    folder: Path
    servers: Servers
    certificates: Certificates
    plain: Relay
    tls: Relay
    relay: Relay = field(init=False)
    chunking: bool = False
    rings: bool = False
    crew: Crew = field(init=False)
    settings: Settings = field(init=False)
    sessions: sessionmaker[Session] = field(init=False)
    bell: CeleryBell = field(init=False)
    press: Press = field(init=False)
    browser: FlaskClient = field(init=False)
    left: dict[int, float] = field(default_factory=dict)
    left_in_time: set[int] = field(default_factory=set)
    _environment: Mapping[str, str] = field(default_factory=dict)
    _later: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def prepare(self, people: int) -> None:
        """Build the schema and let people join."""
        self.relay = self.plain
        upgrade(self.servers.database_url)
        self.settings = load_settings(self._variables(), Path("/nonexistent"))
        self.press = Press.from_settings(self.settings)
        self.sessions = sessions(engine_for(self.settings))
        self.bell = CeleryBell(celery_client(self.settings))
        attach(self.sessions, self.bell)
        with self.sessions.begin() as session:
            topic = topics.ensure(session, _TOPIC, "Statements")
            session.flush()
            load(session, self.settings, map(address, range(people)), topic, Standing(), now=utc_now())
            access.add_staff(session, ADDRESS, NAME, PASSWORD)
        self.browser = create_app(self.settings).test_client()
        PressOffice(self.browser).sign_in()
        self.crew = Crew({}, self.folder)

    def equip(self, *, tls: bool, chunking: bool) -> None:
        """Have a relay that talks this way, and a crew that works with it."""
        self.relay, self.chunking = self.tls if tls else self.plain, chunking
        self.relay.order(set={"extensions": CHUNKING if chunking else PIPELINING})
        wanted = {
            **self._variables(),
            "SSL_CERT_FILE": str(self.certificates.authority),
            "CHAOS_CLOCK": str(self.clock_file),
        }
        if wanted != self._environment:
            self.crew.stop()
            self._environment = wanted
            self.crew = Crew(wanted, self.folder)
            self.crew.hire()

    def _variables(self) -> dict[str, str]:
        servers = self.servers
        url = f"{self.relay.url}?connections={CONNECTIONS}"
        local = {"SMTP_URL": url, "LANGUAGES": "en", "UNDO_SECONDS": "0"}
        return environment(servers.database_url, servers.redis_url, self.folder, **local)

    @property
    def window(self) -> int:
        """How many messages are in flight on one connection at most."""
        return WINDOW[self.chunking]

    @property
    def in_flight(self) -> int:
        """How many messages one sending process has in flight at most."""
        return CONNECTIONS * self.window

    def audience(self) -> set[int]:
        """The subscribers whom a campaign that starts now is for."""
        return {row.id for row in self.rows(_AUDIENCE)}

    @property
    def clock_file(self) -> Path:
        """Where the crew's clocks read by how many seconds they are wrong."""
        return self.folder / "clock"

    def begin(self, title: str, *, unknown: UnknownPolicy) -> int:
        """Send a new statement to everybody; gives the campaign's id."""
        with self.sessions.begin() as session:
            statement = factories.statement(session, title)
            campaign = campaigns.prepare(session, statement, None)
            campaign.unknown_policy = unknown
            factories.send(session, self.press, campaign, now=utc_now())
            return campaign.id

    def ask(self, question: Callable[[Session], Result]) -> Result:
        """Ask or change something in the database, which may be restarting."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                with self.sessions.begin() as session:
                    return question(session)
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """The rows that a statement gives."""
        return self.ask(lambda session: list(session.execute(text(statement), values)))

    def change(self, statement: str, **values: Any) -> None:
        """Run a statement that gives nothing."""
        self.ask(lambda session: session.execute(text(statement), values) and None)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after a while: the end of a fault that lasts."""
        self._later.append((time.monotonic() + seconds, action))

    def tend(self) -> bool:
        """Keep everything running; gives whether a fault is still to end."""
        self.crew.tend()
        due = [entry for entry in self._later if entry[0] <= time.monotonic()]
        for entry in due:
            self._later.remove(entry)
            entry[1]()
        return bool(self._later)

    def close(self) -> None:
        """Stop everything."""
        if "crew" in vars(self):
            self.crew.stop()
        if "sessions" in vars(self):
            self.sessions.kw["bind"].dispose()
        if "browser" in vars(self):
            with self.browser.application.app_context():
                db.session.remove()
                db.engine.dispose()
        for relay in (self.plain, self.tls):
            relay.stop()
        self.servers.stop()


def address(number: int) -> str:
    """The address of one of the people; now and then one that the relay refuses for good."""
    who = NOBODY if number % _EVERY_REFUSED == _EVERY_REFUSED - 1 else "reader"
    return f"{who}{number}@post{number % _DOMAINS}.example"


@contextmanager
def opened(people: int) -> Iterator[Stage]:
    """An installation with so many people, in a folder of its own, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="communique-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        certificates = Certificates.make(folder)
        plain = Relay.start(folder, "plain")
        tls = Relay.start(folder, "tls", certificates.right)
        stage = Stage(folder, Servers(folder), certificates, plain, tls)
        try:
            stage.prepare(people)
            yield stage
        finally:
            stage.close()
