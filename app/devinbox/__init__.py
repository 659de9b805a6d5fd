"""The development inbox: a real SMTP server on loopback whose mail is listed at /dev/inbox. Not in production."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: "Flask") -> None:
    """Add the pages; the application does so outside production only. The import stands inside, for the SMTP server."""
    from app.devinbox.views import devinbox  # noqa: PLC0415

    app.register_blueprint(devinbox)
