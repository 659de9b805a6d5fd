"""`python -m worker.listening`: the process that `communique run listener` becomes, composed here."""

import asyncio

import structlog
from sqlalchemy import Engine

from app.database import engine_for, sessions
from app.intake_address import ListenAddress
from app.jobs import CeleryBell, attach, celery_client
from app.models import ReportSource
from app.services import mailroom
from app.settings import Settings
from app.settings_loading import load_settings
from app.telemetry import configure
from worker.intake.listener import Store, serve

log = structlog.get_logger()


def storing(settings: Settings, engine: Engine) -> Store:
    """What the listener stores with: a transaction of its own for each report."""
    factory = sessions(engine)
    attach(factory, CeleryBell(celery_client(settings)))

    def store(content: bytes, recipient: str, sender: str) -> None:
        with factory.begin() as session:
            mailroom.take_in(session, ReportSource.LISTENER, content, recipient=recipient, sender=sender)

    return store


def main() -> None:
    """Listen until the process is told to end."""
    settings = load_settings()
    configure(settings)
    engine = engine_for(settings)
    address = ListenAddress.parse(settings.intake_listen)
    domains = frozenset({settings.envelope_domain.lower()})
    log.info("intake.listening", at=str(address))
    asyncio.run(serve(address, storing(settings, engine), domains))
    engine.dispose()


if __name__ == "__main__":
    main()
