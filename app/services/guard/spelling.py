"""Slips in the domain of an address: what somebody may have meant."""

from difflib import get_close_matches

from app.mail.address import EmailAddress
from app.mailbox_providers import WELL_KNOWN

_POPULAR = """
gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.es outlook.fr outlook.de
yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es icloud.com protonmail.com orange.fr wanadoo.fr laposte.net
libero.it t-online.de freenet.de bluewin.ch btinternet.com comcast.net fastmail.com posteo.de mailbox.org
"""
_LIKE_THEM = """
email.com gmail.de cmail.com hmail.com bmail.com xmail.com freemail.hu hotmail.org mail.de
"""
POPULAR = tuple(_POPULAR.split())
"""Domains that many people have, so that something close to one of them is more likely a slip than a domain."""
_REAL = frozenset({*POPULAR, *_LIKE_THEM.split(), *(domain for group in WELL_KNOWN for domain in group)})
_CLOSE = 0.86


def meant(address: EmailAddress) -> str | None:
    """The address that was meant if its domain looks like a slip, else None."""
    domain = address.domain
    if domain in _REAL:
        return None
    close = get_close_matches(domain, POPULAR, n=1, cutoff=_CLOSE)
    return f"{address.local}@{close[0]}" if close else None
