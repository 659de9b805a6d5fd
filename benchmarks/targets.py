"""What has to be reached, as data: one row of the table each."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """One figure and its bound; `what` is its row's name in the table, `unit` stands behind the number."""

    what: str
    sense: Literal["at least", "at most"]
    bound: float
    unit: str = "×"

    def reached_by(self, value: float) -> bool:
        """Whether a measured value is good enough."""
        return value >= self.bound if self.sense == "at least" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sense} {self.bound:g} {self.unit}"


TARGETS = {
    "campaign": Target("Whole campaign: messages per second, against smtp-source", "at least", 1.0),
    "campaign.plain": Target("The same against the plain Python sender", "at least", 20.0),
    "campaign.cpu": Target("CPU of the sending process per 1,000 messages, against smtp-source's", "at most", 2.0),
    "distance.pipelining": Target(
        "One connection, 100 ms round trip, PIPELINING, against smtplib on a kept connection", "at least", 3.5
    ),
    "distance.chunking": Target("The same with CHUNKING", "at least", 20.0),
    "opening": Target("Opening a campaign for 1,000,000 subscribers", "at most", 15.0, "s"),
    "opening.page": Target("Campaign's page in the console meanwhile, 95 of 100 answers within", "at most", 0.5, "s"),
    "opening.pause": Target("Pause in the console meanwhile", "at most", 2.0, "s"),
    "pages": Target("Slowest page of the console after a campaign to 1,000,000", "at most", 1.0, "s"),
    "crowd.notice": Target("Confirmation mails while a campaign is sent, 95 of 100 within", "at most", 2.0, "s"),
    "crowd.pause": Target("From Pause to the last message that leaves", "at most", 2.0, "s"),
    "memory.growth": Target("Peak memory of a worker, 1,000,000 recipients against 10,000", "at most", 1.1),
    "memory.peak": Target("Peak memory of a worker, 1,000,000 recipients", "at most", 200.0, "MB"),
    "import.growth": Target("Peak memory of an import, 1,000,000 people against 10,000", "at most", 1.1),
    "import.peak": Target("Peak memory of an import, 1,000,000 people", "at most", 200.0, "MB"),
    "import.seconds": Target("Import of 1,000,000 people, read and applied", "at most", 1800.0, "s"),
    "processes": Target("Two sending processes against one, relay waits 20 ms", "at least", 1.9),
}
