"""Whether the service works: asked by supervisors and load balancers."""

from flask import Flask, Response, jsonify
from sqlalchemy import text

from app.db import db
from app.web.access import access


def install(app: Flask) -> None:
    """Add `/health`."""
    app.add_url_rule("/health", "health", health)


@access("public")
def health() -> tuple[Response, int]:
    """200 if the database answers, else 503; an answer without a database would be a lie."""
    try:
        db.session.execute(text("SELECT 1"))
    except Exception:
        db.session.rollback()
        return jsonify(status="the database does not answer"), 503
    return jsonify(status="ok"), 200
