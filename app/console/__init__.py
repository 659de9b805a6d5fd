"""The staff's door: write a statement, look at its mail, publish it, send it, and watch it go.

Each module of views puts its routes on the blueprint of `door` when it is imported here.
"""

from flask import Flask

from app.console import (
    errors,
    holding,
    limits,
    lock,
    overview,
    sending,
    sign_in,
    statement_editing,
    statements,
    watching,
    words,
)
from app.console.door import console
from app.web.installation import installation

__all__ = [
    "errors",
    "holding",
    "lock",
    "overview",
    "register",
    "sending",
    "sign_in",
    "statement_editing",
    "statements",
    "watching",
]


def register(app: Flask) -> None:
    """Open the door at `/console`."""
    words.install(app)
    app.register_blueprint(console)
    with app.app_context():
        limits.install(app, installation().settings.redis_url)
