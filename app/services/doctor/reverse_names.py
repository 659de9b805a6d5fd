"""Names of addresses (PTR): receivers want the address that mail comes from to have one that leads back to it.

A relay often sends from other addresses than the one it takes mail at, so this is never more than a remark.
"""

from collections.abc import Iterator, Sequence

from app.services.doctor.diagnosis import Diagnosis, ok, remark
from app.services.doctor.lookup import Dns, is_made_up
from app.services.public_address import is_public

_PART = "Reverse names"


def examine(dns: Dns, relays: Sequence[str]) -> Iterator[Diagnosis]:
    """Look at the public addresses of the relays. Raises Unanswered."""
    for relay in dict.fromkeys(relays):
        addresses = [] if is_made_up(relay) else dns.addresses(relay)
        for address in filter(is_public, addresses):
            yield _examined(dns, relay, address)


def _examined(dns: Dns, relay: str, address: str) -> Diagnosis:
    names = dns.names_of(address)
    leading_back = [name for name in names if address in dns.addresses(name)]
    if leading_back:
        return ok(_PART, f"{address} of the relay {relay} is called {leading_back[0]}, and that leads back to it.")
    words = f"{address} of the relay {relay} has no name that leads back to it; Gmail refuses mail from such addresses."
    return remark(
        _PART, words, "If the relay sends from it, have its PTR record set by whoever the address belongs to."
    )
