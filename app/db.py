"""The edges' way to the database: one engine and one kind of session for web, worker and command line.

Only doors and tasks import this. Flask-SQLAlchemy works on the models' own metadata, so that models know no Flask.
"""

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from app.models import Base
from app.settings import PROJECT, Settings

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
migrate = Migrate(directory=str(PROJECT / "migrations"), compare_type=True)

ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_recycle": 1800}


def engine_for(settings: Settings) -> Engine:
    """Build an engine for a process without a web server; it connects when first used."""
    return create_engine(settings.database_url, **ENGINE_OPTIONS)


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Build the session factory of tasks and commands; objects stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)
