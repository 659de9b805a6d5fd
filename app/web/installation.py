"""The installation as views see it: settings, links, tokens and the press, and the clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from app.clock import Clock, utc_now
from app.links import Links
from app.services.consent import Origin
from app.services.editions import Press
from app.settings import Settings
from app.tokens import Tokens

_KEY = "communique"


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything that views need and that doesn't change while the process runs."""

    settings: Settings
    tokens: Tokens
    links: Links
    press: Press
    clock: Clock

    def now(self) -> datetime:
        """The present moment by the installation's clock."""
        return self.clock()


def install(app: Flask, settings: Settings, clock: Clock = utc_now) -> None:
    """Put the installation where `installation()` finds it."""
    links = Links.from_settings(settings)
    app.extensions[_KEY] = Installation(settings, links.tokens, links, Press.from_settings(settings), clock)


def installation() -> Installation:
    """The installation of the application that serves the current request."""
    return cast(Installation, current_app.extensions[_KEY])


def origin() -> Origin:
    """Where the current request came from, for the consent log: the path's first part and the truncated network."""
    return Origin(source=f"/{request.path.lstrip('/').partition('/')[0]}", network=network())


def network() -> str:
    """The client's network, /24 or /48: enough against abuse, too little to name a person (GDPR article 5)."""
    return network_of(request.remote_addr or "")


def network_of(address: str) -> str:
    """The network of an address; empty if it is none."""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + "::/48"
    return ".".join([*address.split(".")[:3], "0/24"]) if address.count(".") == 3 else ""


def trusted_hosts(settings: Settings) -> list[str]:
    """Host names under which we answer: the public one, and this machine itself for health checks."""
    return [urlsplit(settings.public_url).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
