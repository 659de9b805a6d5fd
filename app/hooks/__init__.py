"""The door for sending services: their reports of bounces, complaints and unsubscribes, by webhook.

A call is verified before anything of it is believed, stored as it came, and answered; workers understand it afterwards.
"""

from flask import Flask

from app.hooks import limits
from app.hooks.door import KEY, hooks
from app.hooks.gates import gates_of
from app.web.installation import installation


def register(app: Flask) -> None:
    """Open `/hooks/…` for the services that the settings name."""
    with app.app_context():
        app.extensions[KEY] = gates_of(installation().settings)
    app.register_blueprint(hooks)
    limits.install(app)
