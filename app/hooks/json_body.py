"""JSON of somebody who may be anybody: read only as far as a signature has to be found in it."""

import json
from collections.abc import Mapping

from app.errors import Forbidden


def members_of(value: object) -> Mapping[str, object]:
    """The members of an object, or of a body that is one in JSON; raises Forbidden for anything else."""
    if isinstance(value, bytes):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Forbidden("no JSON") from None
    if not isinstance(value, dict):
        raise Forbidden("no JSON object where one has to be")
    return value
