"""The service, and the way in. `create_app` is the composition root of the web side, and nothing else is here."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """Build the web application from its doors. Imports stand inside, so that workers don't load the doors."""
    from flask import Flask  # noqa: PLC0415

    from app import console, public, web  # noqa: PLC0415
    from app.settings import PROJECT  # noqa: PLC0415

    app = Flask(__name__, template_folder=str(PROJECT / "templates"), static_folder=str(PROJECT / "static"))
    web.set_up(app, settings)
    public.register(app)
    console.register(app)
    if settings.environment != "production":
        from app import devinbox  # noqa: PLC0415

        devinbox.register(app)
    return app
