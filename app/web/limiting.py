"""Counting how often somebody asks: in Redis, and without Redis in each process by itself."""

from typing import cast

from flask import Flask
from flask_limiter import Limiter

from app.settings import Settings
from app.web.installation import network

_KEY = "doors-limiter"
_WAITS = {"socket_connect_timeout": 1, "socket_timeout": 1}


def install(app: Flask, settings: Settings) -> None:
    """Get ready to count for any door; `limits` has a name of its own for sockets."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url.replace("redis+socket://", "redis+unix://")
    app.extensions[_KEY] = Limiter(
        whole_network,
        app=app,
        swallow_errors=True,
        in_memory_fallback_enabled=True,
        fail_on_first_breach=False,
        key_prefix="doors",
        storage_options={**_WAITS},
    )


def limiter_of(app: Flask) -> Limiter:
    """What counts for all doors of an application."""
    return cast(Limiter, app.extensions[_KEY])


def whole_network() -> str:
    """Everybody in one network together."""
    return network() or "unknown"
