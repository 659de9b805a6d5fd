"""How much to claim at once: about a second's work, measured, so that a pause acts soon whatever the relay's pace."""

SMALLEST, LARGEST = 20, 1000
_SPAN = 1.0
_QUIETER = 0.5


class Pace:
    """Counts answers and says how many rows should be in hand."""

    def __init__(self) -> None:
        self._target = float(SMALLEST)
        self._began = 0.0
        self._count = 0

    @property
    def target(self) -> int:
        """How many claimed rows may wait."""
        return int(self._target)

    def answered(self, number: int, now: float) -> None:
        """Take note of so many answers at this time (monotonic seconds)."""
        if not self._began:
            self._began = now
        self._count += number
        elapsed = now - self._began
        if self._count >= self._target and elapsed < _SPAN:
            self._set(min(2 * self._target, self._count / max(elapsed, 0.001)), now)
        elif elapsed >= _SPAN:
            self._set(max(self._count / elapsed, _QUIETER * self._target), now)

    def _set(self, target: float, now: float) -> None:
        self._target = min(float(LARGEST), max(float(SMALLEST), target))
        self._began, self._count = now, 0
