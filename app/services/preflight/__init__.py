"""Before a campaign is sent: whatever a machine can see to be wrong, in plain words, with how to mend it.

An error stops the sending. A warning has to be acknowledged by name, and the acknowledgement holds for exactly what was
shown. A note is said and stops nothing. The list of checks stands in `checks`.
"""

from app.services.preflight.acknowledging import Acknowledged, acknowledge, acknowledgements, unacknowledged
from app.services.preflight.findings import Finding, Group, Preflight
from app.services.preflight.looking import look
from app.services.preflight.outside import Outside

__all__ = [
    "Acknowledged",
    "Finding",
    "Group",
    "Outside",
    "Preflight",
    "acknowledge",
    "acknowledgements",
    "look",
    "unacknowledged",
]
