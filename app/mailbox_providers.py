"""Which domains belong to one mailbox provider: what is limited, slowed down or held for one holds for all of them.

The well-known groups are those whose domains are served by the same mail servers. The settings extend them: domains
that are joined with + in `COMMUNIQUE_DOMAIN_LIMITS` belong together, and a limit that names one domain of a group holds
for the whole group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from app.domain_limits import DomainLimit

# One group a line; the first domain is its name.
_WELL_KNOWN = """
gmail.com googlemail.com
outlook.com hotmail.com live.com msn.com windowslive.com passport.com outlook.at outlook.be outlook.cl outlook.co.id \
outlook.com.ar outlook.com.au outlook.com.br outlook.com.tr outlook.cz outlook.de outlook.dk outlook.es outlook.fr \
outlook.ie outlook.in outlook.it outlook.jp outlook.pt outlook.sa hotmail.be hotmail.ca hotmail.ch hotmail.co.jp \
hotmail.co.nz hotmail.co.uk hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.tr hotmail.de hotmail.es \
hotmail.fr hotmail.it hotmail.nl hotmail.no hotmail.se live.at live.be live.ca live.cl live.cn live.co.uk live.com.ar \
live.com.au live.com.mx live.com.pt live.de live.dk live.fr live.ie live.in live.it live.jp live.nl live.no live.se
yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.at yahoo.be yahoo.ca yahoo.cl yahoo.co.id yahoo.co.in yahoo.co.nz \
yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.co yahoo.com.hk yahoo.com.mx \
yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.ve yahoo.com.vn yahoo.de \
yahoo.dk yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro \
yahoo.se aol.com aol.co.uk aol.de aol.fr aol.it aim.com verizon.net
icloud.com me.com mac.com
gmx.net gmx.de gmx.at gmx.ch gmx.org gmx.info gmx.eu gmx.biz gmx.com gmx.us gmx.co.uk gmx.fr gmx.es web.de mail.com
proton.me protonmail.com protonmail.ch pm.me
yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru narod.ru
mail.ru bk.ru list.ru inbox.ru internet.ru
orange.fr wanadoo.fr
sfr.fr neuf.fr cegetel.net club-internet.fr
libero.it virgilio.it iol.it inwind.it blu.it
alice.it tim.it
btinternet.com btopenworld.com talk21.com
uol.com.br bol.com.br
seznam.cz email.cz post.cz
wp.pl o2.pl tlen.pl
onet.pl onet.eu op.pl vp.pl poczta.onet.pl
qq.com foxmail.com
163.com 126.com yeah.net
daum.net hanmail.net
fastmail.com fastmail.fm
zoho.com zohomail.com zoho.eu zohomail.eu zoho.in zohomail.in
"""
WELL_KNOWN: tuple[tuple[str, ...], ...] = tuple(tuple(line.split()) for line in _WELL_KNOWN.split("\n") if line)
_NAMES = {domain: group[0] for group in WELL_KNOWN for domain in group}
_MEMBERS = {group[0]: group for group in WELL_KNOWN}


@dataclass(frozen=True, slots=True)
class DomainGroup:
    """The domains of one provider, and what they may be given together; 0 means no limit."""

    name: str
    domains: tuple[str, ...]
    per_second: int = 0
    per_hour: int = 0
    per_day: int = 0

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit on how fast it may be given messages."""
        return bool(self.per_second or self.per_hour or self.per_day)


class HasDomainLimits(Protocol):
    """What is asked of the settings."""

    @property
    def domain_limits(self) -> tuple[DomainLimit, ...]:
        """The groups that the settings name."""


class MailboxProviders:
    """Domains by provider: the well-known groups and those of the settings.

    Raises ValueError if two groups of the settings turn out to be one provider, because no one limit holds then.
    """

    def __init__(self, limits: Sequence[DomainLimit] = ()) -> None:
        self._names: dict[str, str] = dict(_NAMES)
        groups = []
        claimed: dict[str, DomainLimit] = {}
        for limit in limits:
            group = _group(limit)
            for domain in group.domains:
                if domain in claimed:
                    first, second = claimed[domain].domains[0], limit.domains[0]
                    raise ValueError(f"{first} and {second} belong to one provider: keep one limit for both")
                claimed[domain] = limit
                self._names[domain] = group.name
            groups.append(group)
        self._groups = tuple(groups)

    @classmethod
    def from_settings(cls, settings: HasDomainLimits) -> Self:
        """The groups as an installation has them."""
        return cls(settings.domain_limits)

    @property
    def limited(self) -> tuple[DomainGroup, ...]:
        """The groups that have a limit."""
        return tuple(group for group in self._groups if group.is_limited)

    def provider_of(self, domain: str) -> str:
        """The name of the group that a domain (A-labels) belongs to; a domain in no group is its own provider."""
        domain = domain.lower()
        return self._names.get(domain, domain)

    def domains_of(self, provider: str) -> tuple[str, ...]:
        """All domains of a provider, as `provider_of` names it."""
        members: Mapping[str, tuple[str, ...]] = _MEMBERS | {group.name: group.domains for group in self._groups}
        return members.get(provider, (provider,))


def _group(limit: DomainLimit) -> DomainGroup:
    """A group of the settings with all the domains that belong to it, under the name of the first."""
    domains = dict.fromkeys(
        member for domain in limit.domains for member in _MEMBERS.get(_NAMES.get(domain, ""), (domain,))
    )
    name = _NAMES.get(limit.domains[0], limit.domains[0])
    return DomainGroup(name, tuple(domains), limit.per_second, limit.per_hour, limit.per_day)
