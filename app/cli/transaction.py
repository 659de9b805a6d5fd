"""The edge of a command: one transaction, committed at its end, whose jobs are rung after the commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.database import engine_for, sessions
from app.jobs import CeleryBell, attach, celery_client
from app.settings import Settings


@contextmanager
def transaction(settings: Settings) -> Iterator[Session]:
    """A session that commits when the block ends well and takes everything back when it doesn't."""
    engine = engine_for(settings)
    factory = sessions(engine)
    attach(factory, CeleryBell(celery_client(settings)))
    try:
        with factory.begin() as session:
            yield session
    finally:
        engine.dispose()
