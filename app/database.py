"""Engines and sessions for processes without a web server; knows no Flask, so that workers start fast."""

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from app.settings import Settings

# an error must not carry what a statement was about into a log: addresses
ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_recycle": 1800, "hide_parameters": True}


def engine_for(settings: Settings) -> Engine:
    """Build an engine; it connects when first used."""
    return create_engine(settings.database_url, **ENGINE_OPTIONS)


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Build the session factory of tasks and commands; objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)
