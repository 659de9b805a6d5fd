"""The application under test, as its doors make it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import create_app
from app.db import db
from app.settings import Settings
from tests.flows.newsletter import Newsletter


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The whole web application."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def newsletter(app: Flask, database: Engine, session: Session, unguarded: None) -> Newsletter:
    """A newsletter with nobody on it yet, whose form nobody has used."""
    return Newsletter.of(app, session)
