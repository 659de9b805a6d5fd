"""How much is measured: the real figures, and a short version that says whether all runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers of messages, people and rounds."""

    rounds: int
    campaign: int
    reference: int
    plain: int
    crowd: int
    near_memory: int
    far_memory: int
    far_memory_rounds: int
    opening: int
    opening_rounds: int
    kept: int
    pipelined: int
    chunked: int
    waiting: int
    near_import: int
    far_import: int
    import_rounds: int


FULL = Scale(
    rounds=5,
    campaign=100_000,
    reference=50_000,
    plain=1_000,
    crowd=100_000,
    near_memory=10_000,
    far_memory=1_000_000,
    far_memory_rounds=5,
    opening=1_000_000,
    opening_rounds=5,
    kept=30,
    pipelined=120,
    chunked=800,
    waiting=12_000,
    near_import=10_000,
    far_import=1_000_000,
    import_rounds=1,
)
QUICK = Scale(
    rounds=1,
    campaign=10_000,
    reference=10_000,
    plain=200,
    crowd=10_000,
    near_memory=2_000,
    far_memory=10_000,
    far_memory_rounds=1,
    opening=50_000,
    opening_rounds=1,
    kept=8,
    pipelined=30,
    chunked=150,
    waiting=600,
    near_import=2_000,
    far_import=10_000,
    import_rounds=1,
)
