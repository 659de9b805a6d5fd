"""Readers who leave with one click while a process has their message in its hands, or is about to."""

import time
from collections.abc import Sequence
from random import Random

from app.clock import utc_now
from app.services import preferences
from app.services.consent import Origin
from tests.chaos.faults.thrown import Thrown
from tests.chaos.stage import Stage

_ROWS = "SELECT subscriber_id FROM deliveries WHERE campaign_id = :campaign_id AND state = :state"
_CLAIMED_NEXT_AND_LAST = (("sending", "id"), ("queued", "id"), ("queued", "id DESC"))
_STILL_FREE = f"{_ROWS} AND unknown_since IS NULL AND subscriber_id = ANY(:found)"
_MOST = 5
_SOON = 0.25


def leave(stage: Stage, campaign_id: int, chance: Random) -> Thrown:
    """Some whose row is claimed, some whose row is next, and some whose row is last."""
    found = [
        row.subscriber_id
        for state, order in _CLAIMED_NEXT_AND_LAST
        for row in stage.rows(f"{_ROWS} ORDER BY {order} LIMIT {_MOST}", campaign_id=campaign_id, state=state)
    ]
    for subscriber_id in found:
        stage.ask(
            lambda session, who=subscriber_id: preferences.leave_campaign(
                session, who, campaign_id, Origin("one click"), now=utc_now()
            )
        )
        stage.left[subscriber_id] = time.time()
    stage.later(_SOON, lambda: _note_who_is_free(stage, campaign_id, found))
    return Thrown("readers leave while claimed")


def _note_who_is_free(stage: Stage, campaign_id: int, found: Sequence[int]) -> None:
    """Who isn't claimed by now can only be claimed by a statement that begins later: nothing may go to them."""
    free = stage.rows(_STILL_FREE, campaign_id=campaign_id, state="queued", found=found)
    stage.left_in_time.update(row.subscriber_id for row in free)
