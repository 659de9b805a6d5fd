"""The service, and the way in. `create_app` is the composition root of the web side, and nothing else is here."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """Build the web application from its doors. Imports stand inside, so that workers don't load the doors."""
    from flask import Flask  # noqa: PLC0415

    from app.console import register as open_console  # noqa: PLC0415
    from app.hooks import register as open_hooks  # noqa: PLC0415
    from app.public import register as open_public  # noqa: PLC0415
    from app.settings import PROJECT  # noqa: PLC0415
    from app.web import set_up  # noqa: PLC0415

    app = Flask(__name__, template_folder=str(PROJECT / "templates"), static_folder=str(PROJECT / "static"))
    set_up(app, settings)
    open_public(app)
    open_console(app)
    open_hooks(app)
    if settings.environment != "production":
        from app.devinbox import register as open_inbox  # noqa: PLC0415

        open_inbox(app)
    return app
