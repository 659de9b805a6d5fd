"""How often a network may call: as often as a large mailing brings reports, and no more.

Wrong calls are not counted apart. Anybody can have a sending service call us by an account of their own, from the same
network as our reports come from; a low limit for wrong calls would let them keep ours away.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask

from app.web.limiting import limiter_of

CALLS = "12000 per minute"
_VIEW = "hooks.take"


def install(app: Flask) -> None:
    """Guard the door of an application at which it is registered."""
    view: Callable[..., Any] = app.view_functions[_VIEW]
    app.view_functions[_VIEW] = limiter_of(app).limit(CALLS)(view)
