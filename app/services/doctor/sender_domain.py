"""The domains in whose names mail is sent: what receivers look up before they let it in."""

from collections.abc import Callable, Iterator

from app.dkim_key import DkimKey
from app.services.doctor import alignment, dkim_record, dmarc, return_path, reverse_names, spf
from app.services.doctor.diagnosis import Diagnosis, remark
from app.services.doctor.lookup import Dns, Unanswered, is_made_up
from app.settings import Settings, mailbox

_STREAMS = {"statements_from": "Statements", "service_from": "Service mails"}


def examine(settings: Settings, dns: Dns | None = None) -> Iterator[Diagnosis]:
    """Both senders, that of statements and that of service mails, and the way back. Never raises."""
    dns = dns or Dns()
    seen: set[str] = set()
    for field, stream in _STREAMS.items():
        domain = mailbox(getattr(settings, field)).domain.lower()
        if domain not in seen:
            yield from examine_stream(settings, dns, domain, stream)
        seen.add(domain)
    yield from _way_back(settings, dns)
    yield from _asked("Reverse names", lambda: reverse_names.examine(dns, _relays(settings)))


def examine_statements(settings: Settings, dns: Dns) -> Iterator[Diagnosis]:
    """The sender of statements alone, and the way back: what a campaign depends on. Never raises."""
    yield from examine_stream(settings, dns, settings.sender_domain.lower(), _STREAMS["statements_from"])
    yield from _way_back(settings, dns)


def examine_stream(settings: Settings, dns: Dns, domain: str, stream: str) -> Iterator[Diagnosis]:
    """One sender: SPF of its envelope, DKIM, DMARC, and whether these agree with From."""
    if is_made_up(domain):
        words = f"{stream} come from {domain}, a name for examples; DNS has nothing to say about it."
        yield remark("Sender", words, "Before real mail is sent, set the senders to a domain of your own.", "made-up")
        return
    envelope = (settings.bounce_domain or domain).lower()
    keys = tuple(key for key in settings.dkim if key.speaks_for(domain))
    if not is_made_up(envelope):
        yield from _asked("SPF", lambda: spf.examine(dns, envelope, _relays(settings)))
    yield from _asked("DKIM", lambda: dkim_record.examine(dns, keys, domain))
    yield from _asked("DMARC", lambda: _policy(dns, domain, envelope, keys))


def _way_back(settings: Settings, dns: Dns) -> Iterator[Diagnosis]:
    envelope = settings.envelope_domain.lower()
    if not is_made_up(envelope):
        yield from _asked("Return path", lambda: return_path.examine(dns, envelope))


def _relays(settings: Settings) -> list[str]:
    return [relay.url.host for relay in settings.relays]


def _policy(dns: Dns, domain: str, envelope: str, keys: tuple[DkimKey, ...]) -> Iterator[Diagnosis]:
    found = dmarc.walk(dns, domain)
    yield from dmarc.examine(domain, dmarc.policy_for(domain, found))
    yield alignment.examine(dns, domain, envelope=envelope, keys=keys, found=found)


def _asked(part: str, ask: Callable[[], Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    """What is found out; a DNS that doesn't answer proves nothing."""
    try:
        yield from ask()
    except Unanswered as error:
        yield remark(
            part, f"It could not be checked: DNS gives no answer about {error}.", "Try again later.", "unanswered"
        )
