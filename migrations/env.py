"""Alembic's entry: runs migrations on the URL that it is given, or on that of the Flask application."""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine

from app.models import Base


def url() -> str:
    given = context.config.attributes.get("url")
    return given or current_app.config["SQLALCHEMY_DATABASE_URI"]


engine = create_engine(url())
with engine.connect() as connection:
    connection.exec_driver_sql("SET lock_timeout = '10s'")
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
