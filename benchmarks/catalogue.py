"""The list of benchmarks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import campaign, crowd, distance, importing, memory, opening, pages, waiting
from benchmarks.findings import Findings
from benchmarks.installation import Installation
from benchmarks.scale import Scale


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: how it is run, and for how many people each campaign of it is."""

    measure: Callable[[Installation, Scale, Callable[[str], None]], Findings]
    audiences: Callable[[Scale], Sequence[int]]


BENCHMARKS = {
    "campaign": Benchmark(campaign.measure, lambda scale: (scale.campaign, scale.plain)),
    "distance": Benchmark(distance.measure, lambda scale: (scale.pipelined, scale.chunked)),
    "waiting": Benchmark(waiting.measure, lambda scale: (scale.waiting,)),
    "opening": Benchmark(opening.measure, lambda scale: (scale.opening,)),
    "crowd": Benchmark(crowd.measure, lambda scale: (scale.crowd,)),
    "memory": Benchmark(memory.measure, lambda scale: (scale.near_memory, scale.far_memory)),
    "import": Benchmark(importing.measure, lambda scale: (scale.plain,)),
    "pages": Benchmark(pages.measure, lambda scale: (scale.opening,)),
}
