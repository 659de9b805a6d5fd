"""How fast mail may go: permits for relays and for recipients' domains, asked for before rows are claimed.

All processes share the limits through Redis (`shared_limits`). Where nothing is limited, nothing asks Redis.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy.orm import Session, sessionmaker

from app.clock import Clock
from app.mailbox_providers import DomainGroup, MailboxProviders
from app.settings import Settings
from worker.limits.shared import SharedLimits


class Throttle(Protocol):
    """Gives permits; each is for one message. None of its methods waits for a permit."""

    @property
    def groups(self) -> Sequence[DomainGroup]:
        """The groups of domains that are limited; a message to one of them needs a permit of `group` as well."""

    def relays(self, wanted: Mapping[str, int], urgent: bool = False) -> Mapping[str, int]:
        """For each relay, how many of the wanted messages may be sent through it now.

        With `urgent`, what is kept in reserve for notices may be taken too.
        """

    def give_back(self, relay: str, number: int) -> None:
        """So many permits of a relay are not used."""

    def group(self, name: str, wanted: int) -> int:
        """How many messages may be sent to a group of domains now."""

    def give_back_group(self, name: str, number: int) -> None:
        """So many permits of a group are not used."""

    @property
    def reason(self) -> str:
        """Why less than wanted was given lately, in words for staff; empty if everything was given."""

    @property
    def wait(self) -> float:
        """In how many seconds there may be more of what was asked for last; 0 if everything was given."""


class Unlimited:
    """Gives whatever is wanted."""

    groups: Sequence[DomainGroup] = ()
    reason = ""
    wait = 0.0

    def relays(self, wanted: Mapping[str, int], urgent: bool = False) -> Mapping[str, int]:
        """All that is wanted."""
        del urgent
        return dict(wanted)

    def give_back(self, relay: str, number: int) -> None:
        """Nothing is counted."""

    def group(self, name: str, wanted: int) -> int:
        """All that is wanted."""
        del name
        return wanted

    def give_back_group(self, name: str, number: int) -> None:
        """Nothing is counted."""


def throttle_for(settings: Settings, sessions: sessionmaker[Session], clock: Clock) -> Throttle:
    """What keeps the limits of an installation."""
    groups = MailboxProviders.from_settings(settings).limited
    if not groups and not any(relay.is_limited for relay in settings.relays):
        return Unlimited()
    return SharedLimits(settings.redis_url, settings.relays, groups, sessions, clock, ramp=settings.ramp)
