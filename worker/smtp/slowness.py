"""Which recipient domains answer slowly, so that they can be kept from holding every connection."""

from collections import OrderedDict

SLOW_SECONDS = 1.0
FORGOTTEN_AFTER = 60.0
_MOST_KNOWN = 10_000


class Slowness:
    """What one relay's replies have shown of recipients' domains."""

    def __init__(self) -> None:
        self._slow: dict[str, float] = {}
        self._look_at = 0.0
        self._quick: OrderedDict[str, None] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._slow)

    def note(self, domain: str, seconds: float, now: float) -> None:
        """A message for it has been the first in its connection for so long."""
        if seconds > SLOW_SECONDS:
            self._slow[domain] = now + FORGOTTEN_AFTER
            self._quick.pop(domain, None)

    def note_answer(self, domain: str) -> None:
        """A message for it was answered; unless it is slow, it is quick."""
        if domain not in self._quick and domain not in self._slow:
            self._quick[domain] = None
            if len(self._quick) > _MOST_KNOWN:
                self._quick.popitem(last=False)

    def is_slow(self, domain: str) -> bool:
        """Whether it was slow within the last minute."""
        return domain in self._slow

    def is_quick(self, domain: str) -> bool:
        """Whether it has been seen to answer, and not been slow since."""
        return domain in self._quick

    def forget(self, now: float) -> None:
        """Give those a new chance that were not seen to be slow for a minute; looks once a second."""
        if now < self._look_at:
            return
        self._look_at = now + 1.0
        for domain in [domain for domain, until in self._slow.items() if now >= until]:
            del self._slow[domain]

    @property
    def domains(self) -> frozenset[str]:
        """The slow ones."""
        return frozenset(self._slow)
