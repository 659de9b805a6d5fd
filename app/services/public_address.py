"""Whether an internet address is one that everybody reaches, so that asking it can't be turned against our own network.

OWASP ASVS 1.3.6 and 13.2.4: no private, link-local, loopback or otherwise reserved address, in whatever disguise.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_TRANSLATED = IPv6Network("64:ff9b::/96")
_NEVER = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"), IPv6Network("::/96"), IPv6Network("2001::/23"))


def is_public(text: str) -> bool:
    """Whether this is a public unicast address; an IPv6 address that carries an IPv4 one is judged by that."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        carried = _carried(address)
        if carried is not None:
            return _is_open(carried)
        if any(address in network for network in _NEVER):
            return False
    return _is_open(address)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside: mapped (::ffff:0:0/96), 6to4 (2002::/16) or translated (64:ff9b::/96, RFC 6052)."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
