"""The public door: archive and feeds, joining, changing one's mind, leaving. No cookie, no JavaScript needed."""

from flask import Flask

from app.public import (
    archive,
    asking,
    confirming,
    embedding,
    feeds,
    information,
    joining,
    language,
    leaving,
    moving,
    preferences,
    rights,
    taking,
    why,
)


def register(app: Flask) -> None:
    """Add the readers' pages to the application; all but the feeds speak the reader's language."""
    taking.install(app)
    why.install(app)
    speaking = (
        archive.pages,
        information.pages,
        joining.pages,
        confirming.pages,
        embedding.pages,
        asking.pages,
        preferences.pages,
        moving.pages,
        leaving.pages,
        rights.pages,
    )
    for blueprint in (*speaking, feeds.pages):
        app.register_blueprint(blueprint)
    language.install(app, [blueprint.name for blueprint in speaking])
