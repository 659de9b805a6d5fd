"""Messages on which a relay ends the connection each time, told apart from a relay that ends every connection."""

from collections import OrderedDict

_ALONE, _AMONG_OTHERS = 3, 1
"""What an ended connection counts: one that began with this message tells more than one that had served others."""
_ENOUGH = 9
_MOST_KNOWN = 1_000


class Suspects:
    """What is held against messages of one relay; an answer clears a message.

    A message is only to blame while the relay answers others: where two different ones are cut short and nothing is
    answered between, it may be the relay.
    """

    def __init__(self) -> None:
        self._counts: OrderedDict[int, int] = OrderedDict()
        self._others_go: set[int] = set()
        self._last_cut: int | None = None
        self._is_well = False

    def answered(self, delivery_id: int) -> None:
        """The relay has answered a message."""
        self._counts.pop(delivery_id, None)
        self._others_go = set(self._counts)
        self._is_well = True

    def is_to_blame(self, delivery_id: int, *, was_alone: bool) -> bool:
        """Take note that the relay ended a connection on this message; True if that was once too often."""
        if self._is_well:
            self._others_go.add(delivery_id)
        elif delivery_id != self._last_cut:
            self._others_go.clear()
        self._is_well, self._last_cut = False, delivery_id
        self._counts[delivery_id] = self._counts.pop(delivery_id, 0) + (_ALONE if was_alone else _AMONG_OTHERS)
        if len(self._counts) > _MOST_KNOWN:
            self._counts.popitem(last=False)
        if self._counts[delivery_id] < _ENOUGH or delivery_id not in self._others_go:
            return False
        del self._counts[delivery_id]
        return True

    def is_one(self, delivery_id: int) -> bool:
        """Whether only an answer to another message is missing to blame this one."""
        return self._counts.get(delivery_id, 0) >= _ENOUGH

    @property
    def number(self) -> int:
        """How many there are: so many others may be tried with a relay that is in doubt, to clear one or the other."""
        return sum(count >= _ENOUGH for count in self._counts.values())
