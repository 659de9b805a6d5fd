"""The domain of the envelope sender: bounces come back to it, and some providers want to see that it exists."""

from collections.abc import Iterator

from app.services.doctor.diagnosis import Diagnosis, fail, ok, warn
from app.services.doctor.lookup import Dns

_PART = "Return path"


def examine(dns: Dns, domain: str) -> Iterator[Diagnosis]:
    """MX records whose hosts exist, and a zone. Raises Unanswered."""
    servers = dns.mail_servers(domain)
    if servers == [""]:
        words = f"{domain} says that it takes no mail (a null MX, RFC 7505), so no bounce comes back."
        yield fail(
            _PART, words, "Publish an MX record, or set COMMUNIQUE_BOUNCE_DOMAIN to a domain that has one.", "mx-null"
        )
        return
    if not servers:
        words = f"{domain} has no MX record, so bounces can't come back; some providers refuse such senders."
        yield fail(_PART, words, "Publish one, or set COMMUNIQUE_BOUNCE_DOMAIN to a domain that has one.", "mx-missing")
        return
    lost = [server for server in servers if not dns.addresses(server)]
    if len(lost) == len(servers):
        words = f"The mail servers of {domain} have no address: {', '.join(lost)}."
        yield fail(_PART, words, "Correct the MX records.", "mx-lost")
    elif lost:
        words = f"{domain} names mail servers without an address: {', '.join(lost)}."
        yield warn(_PART, words, "Take them out of the MX records.", "mx-lost")
    else:
        yield ok(_PART, f"{domain} takes bounces at {servers[0]}.")
    if not dns.zone_exists(domain):
        words = f"{domain} is in no zone with an SOA record; Yahoo refuses such senders."
        yield fail(_PART, words, "Ask whoever runs your DNS.", "soa-missing")
