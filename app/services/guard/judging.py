"""The guard: one question to Redis for each sign-up, and what to do where Redis doesn't answer."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

import structlog
from redis.exceptions import RedisError

from app.mail.address import EmailAddress
from app.mailbox_providers import MailboxProviders
from app.redis_client import redis_client
from app.services.guard import script
from app.services.suppressions import address_hmac
from app.settings import Settings

HOLD = timedelta(minutes=30)
"""How long a mail waits at least for whom nothing speaks while the form is under attack, or while Redis is away."""
PATIENCE = timedelta(days=1)
"""What would have to wait longer is not mailed at all."""
REQUESTS_A_DAY = 5
"""So often an address may be asked for within a day; what is more isn't even written down."""
MORE_FOR_WORK = 10
"""So many times more than others a network may, whose browsers worked for it: many people share one address."""
_PREFIX = "communique:guard:"
log = structlog.get_logger()


class Fate(StrEnum):
    """What becomes of a sign-up; whoever signs up is not told."""

    SEND = "send"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Visit:
    """One sign-up: for whom, from where (an IP address), by which copy of the form, and whether a browser worked."""

    address: EmailAddress
    client: str
    form: str = ""
    topics: tuple[str, ...] = ()
    has_worked: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of it, and when its mail may leave at the earliest."""

    fate: Fate
    due: datetime


@dataclass(frozen=True, slots=True)
class Pressure:
    """How many sign-ups came within an hour, and how many are not yet an attack; whether this network's mail waits."""

    lately: int
    usual: int
    is_network_full: bool

    def is_attack(self, mode: str) -> bool:
        """Whether the form is under attack; `mode` is what staff have chosen: auto, on or off."""
        return mode == "on" or (mode == "auto" and self.lately > self.usual)


class Guard:
    """The limits of an installation; one connection pool for a process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.signup_limits
        self._providers = MailboxProviders.from_settings(settings)
        self._redis = redis_client(settings.redis_url)
        self._judge = self._redis.register_script(script.JUDGE)
        self._look = self._redis.register_script(script.LOOK)

    def judge(self, visit: Visit, mode: str, now: datetime) -> Verdict:
        """What becomes of a sign-up. Where Redis doesn't answer it is held: nobody is lost, and nobody harmed."""
        limits = self._limits
        numbers = (limits.network_hour, limits.network_day, limits.domain_hour, MORE_FOR_WORK, _ms(HOLD), _ms(PATIENCE))
        told = (_moment(now), mode, limits.site_hour, int(bool(visit.form)), int(visit.has_worked), REQUESTS_A_DAY)
        try:
            passes, due = self._judge(self._keys(visit), [*told, *numbers])
        except (RedisError, OSError) as error:
            log.warning("signup.redis_away", error=str(error))
            return Verdict(Fate.HOLD, now + HOLD)
        if not passes:
            return Verdict(Fate.DROP, now)
        if due <= _moment(now):
            return Verdict(Fate.SEND, now)
        return Verdict(Fate.HOLD, datetime.fromtimestamp(due / 1000, UTC))

    def take_back(self, visit: Visit) -> None:
        """Forget a sign-up that couldn't be written down, so that whoever presses the button again is heard."""
        keys = dict(zip(script.KEYS, self._keys(visit), strict=True))
        try:
            self._redis.delete(keys["form"])
            self._redis.rpop(keys["address"])
        except (RedisError, OSError):
            return

    def look(self, now: datetime, client: str = "") -> Pressure | None:
        """How much is asked of the form now; None where Redis doesn't answer. It changes nothing that counts."""
        limits = self._limits
        keys = [_PREFIX + name for name in script.KEYS]
        keys[script.KEYS.index("network")] += f":{network(client)}"
        told: list[int | str] = [_moment(now), "", limits.site_hour, limits.network_hour, limits.network_day]
        try:
            lately, usual, waits = self._look(keys, told)
        except (RedisError, OSError):
            return None
        return Pressure(lately, usual, bool(waits))

    def knows_usual(self) -> bool:
        """Whether it was told lately how many sign-ups an hour has as a rule; True where Redis doesn't answer."""
        try:
            return bool(self._redis.exists(f"{_PREFIX}usual"))
        except (RedisError, OSError):
            return True

    def tell_usual(self, number: int) -> None:
        """Tell for an hour how many sign-ups within an hour are not yet an attack."""
        try:
            self._redis.set(f"{_PREFIX}usual", number, ex=3600)
        except (RedisError, OSError):
            return

    def _keys(self, visit: Visit) -> list[str]:
        """No address stands in Redis, only its keyed hash."""
        person = address_hmac(self._settings, visit.address).hex()[:32]
        asked = hashlib.sha256("\n".join((visit.form, person, *sorted(visit.topics))).encode()).hexdigest()[:32]
        provider = self._providers.provider_of(visit.address.domain)
        rest = {
            "form": asked,
            "work": visit.form,
            "address": person,
            "network": network(visit.client),
            "provider": provider,
            "worked": provider,
        }
        return [f"{_PREFIX}{name}:{rest[name]}" if name in rest else _PREFIX + name for name in script.KEYS]


def network(client: str) -> str:
    """The network of an IP address that is limited as one: /24 of IPv4, /56 of IPv6; empty if it is none."""
    try:
        address = ip_address(client)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network(f"{mapped}/{24 if mapped.version == 4 else 56}", strict=False))


def _moment(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
