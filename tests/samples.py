"""An object behind every argument that a route of the console can have, for tests that walk all routes.

Whoever adds a route with a new argument adds a line to `OWN`; and to `FOREIGN` if it names something that belongs to
one member of staff alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class World:
    """The keys of a little of everything; `own_passkey` is that of whoever asks."""

    colleague: int
    topic: str
    statement: int
    campaign: UUID
    delivery: int
    report: int
    reader: str
    imported: int
    own_passkey: int
    other_passkey: int


Sample = Callable[[World], Any]
OWN: dict[str, Sample] = {
    "public_id": lambda world: world.campaign,
    "statement_id": lambda world: world.statement,
    "slug": lambda world: world.topic,
    "staff_id": lambda world: world.colleague,
    "passkey_id": lambda world: world.own_passkey,
    "delivery_id": lambda world: world.delivery,
    "report_id": lambda world: world.report,
    "person": lambda world: world.reader,
    "import_id": lambda world: world.imported,
    "number": lambda world: 1,
    "language": lambda world: "fr",
}
FOREIGN: dict[str, Sample] = {
    "passkey_id": lambda world: world.other_passkey,
}
"""Arguments that name something of one person alone: of another one it is refused, whatever the role."""
