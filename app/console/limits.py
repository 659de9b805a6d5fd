"""How often somebody may try a password. Counted in Redis; without Redis nobody is locked out, and the log says so."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.web.installation import network

TRIES_OF_ACCOUNT = "10 per minute"
TRIES_OF_NETWORK = "60 per minute"
RETRY_AFTER = 60
_SIGN_IN = "console.try_to_sign_in"
_WAITS = {"socket_connect_timeout": 1, "socket_timeout": 1}


def install(app: Flask, redis_url: str) -> None:
    """Guard the sign-in of an application whose console is registered. `limits` has its own name for sockets."""
    app.config["RATELIMIT_STORAGE_URI"] = redis_url.replace("redis+socket://", "redis+unix://")
    limiter = Limiter(network, app=app, swallow_errors=True, key_prefix="console", storage_options={**_WAITS})
    view: Callable[..., Any] = app.view_functions[_SIGN_IN]
    for tries, key in ((TRIES_OF_NETWORK, whole_network), (TRIES_OF_ACCOUNT, account_and_network)):
        view = limiter.limit(tries, key_func=key)(view)
    app.view_functions[_SIGN_IN] = view


def account_and_network() -> str:
    """One account from one network, hashed, so that no address stands in Redis or in a log."""
    typed = request.form.get("email", "")
    try:
        identity = EmailAddress.parse(typed).identity
    except Invalid:
        identity = typed.strip().lower()
    return hashlib.sha256(f"{identity}\n{network()}".encode("utf-8", "replace")).hexdigest()[:32]


def whole_network() -> str:
    """Everybody in one network together, against trying one password on many accounts."""
    return network() or "unknown"
