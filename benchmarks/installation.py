"""An installation for measuring: the product's own servers, durable as in production, in a folder that goes away."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from app.clock import utc_now
from app.database import sessions
from app.embedded import EmbeddedServers
from app.errors import Conflict
from app.jobs import Bell, attach
from app.migrations import upgrade
from app.models import Campaign, CampaignState
from app.services import approval, campaigns, deliveries
from app.services.editions import Press
from app.settings import PREFIX, Settings
from app.settings_loading import load_settings
from benchmarks import people, statement

_ADDRESSES = {
    "STATEMENTS_FROM": "Open Doors International <news@opendoors.example>",
    "SERVICE_FROM": "Open Doors International <hello@mail.opendoors.example>",
    "ORGANISATION": "Open Doors International",
    "POSTAL_ADDRESS": r"12 Ramp Street\nExampleton EX1 2AB",
    "CONTACT_EMAIL": "office@opendoors.example",
    "SUBJECT_MATTER": "the rights of disabled people",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """The servers of this run, and what is needed to use them."""

    folder: Path
    variables: dict[str, str]
    engine: Engine
    sessions: sessionmaker[Session]

    def environment(self, port: int, options: str = "", **changes: str) -> dict[str, str]:
        """The settings as variables, with the relay at this port of loopback."""
        url = f"smtp://127.0.0.1:{port}{'?' if options else ''}{options}"
        return {**self.variables, **{PREFIX + name: value for name, value in {"SMTP_URL": url, **changes}.items()}}

    def settings(self, port: int = 25) -> Settings:
        """The same as settings."""
        return load_settings(self.environment(port), Path("/nonexistent"))

    @property
    def log(self) -> Path:
        """Where processes put their words of trouble."""
        return self.folder / "processes.log"

    def last_words(self) -> str:
        """The end of what they put there."""
        return self.log.read_text(errors="replace")[-3000:]

    @property
    def postmaster(self) -> int:
        """The process of the database server; all others of the database are its children."""
        return int((self.folder / "postgres" / "postmaster.pid").read_text().partition("\n")[0])

    def forget_campaigns(self) -> None:
        """Empty the ledger, so that each round begins alike, and let the disk come to rest."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("TRUNCATE deliveries, campaigns, statements CASCADE"))
            connection.execute(text("CHECKPOINT"))

    def start_campaign(self, audience: int, *, length: int = statement.LENGTH, bell: Bell | None = None) -> int:
        """Send a new statement to so many people, as the console does; gives the campaign's id.

        The audience isn't frozen yet; `bell` tells workers to do so, if some are there.
        """
        press = Press.from_settings(self.settings())
        factory = sessions(self.engine)
        if bell is not None:
            attach(factory, bell)
        with factory.begin() as session:
            topic_id = people.topic_of(session, audience).id
            campaign = campaigns.prepare(
                session, statement.write(session, press, topic_id=topic_id, length=length), None
            )
            approval.waive(session, press, campaign, now=utc_now())
            campaigns.send(session, press, campaign, now=utc_now())
            return campaign.id

    def check_sent(self, campaign_id: int, number: int) -> None:
        """Raises Conflict unless the ledger says that everybody was sent to and the campaign is over."""
        with self.sessions() as session:
            campaign = session.get_one(Campaign, campaign_id)
            counts = {state.value: n for state, n in deliveries.counts(session, campaign).items() if n}
            if campaign.state is not CampaignState.SENT or counts != {"sent": number}:
                raise Conflict(f"The campaign is {campaign.state}, its deliveries {counts}, of {number}.")


@contextmanager
def installation() -> Iterator[Installation]:
    """Start PostgreSQL and Valkey, make the schema; stop and remove all when the block ends."""
    with tempfile.TemporaryDirectory(prefix="communique-benchmark-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with EmbeddedServers.start(folder) as servers:
            upgrade(servers.database_url)
            values = {
                **_ADDRESSES,
                "ENVIRONMENT": "test",
                "VAR_DIR": name,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "SECRET_KEYS": "benchmark-key-that-is-long-enough-to-sign-with",
                "ADDRESS_PEPPER": "benchmark-pepper-that-is-long-enough-too",
                "PUBLIC_URL": "http://localhost:8000",
                "UNDO_SECONDS": "0",
            }
            engine = create_engine(servers.database_url)
            try:
                variables = {PREFIX + key: value for key, value in values.items()}
                yield Installation(folder, variables, engine, sessions(engine))
            finally:
                engine.dispose()
