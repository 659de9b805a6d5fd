"""What the consent log says of people who were brought in: on whose word, since when, and why that is lawful."""

from app.models import SubscriberImport

ADDED, TAKEN_BACK = "import", "import undone"
LONGEST_SOURCE, LONGEST_BASIS = 150, 300


def source(made: SubscriberImport) -> str:
    """Source, date and basis in one sentence; it stands in each person's own entry, inside of its hash."""
    return f"import {made.id}: {made.source}, consent of {made.consented_on.isoformat()}: {made.basis}"


def actor(made: SubscriberImport) -> str:
    """Who brought them in, as the log names it."""
    return f"staff {made.created_by_id}" if made.created_by_id is not None else "system"
