"""The count after a campaign: the ledger and the console against the relay's own book."""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.book import Book
from tests.chaos.faults.relay import HANG_SECONDS
from tests.chaos.sink import NOBODY
from tests.chaos.stage import Stage

_ROWS = """
SELECT d.id, d.subscriber_id, d.state, replace(cast(d.message_key AS text), '-', '') AS key, d.attempts,
    d.unknown_since, d.resent_at, d.reply_text, d.claimed_by, s.address
FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id WHERE d.campaign_id = :campaign_id ORDER BY d.id
"""
_CAMPAIGN = "SELECT state, public_id, trouble FROM campaigns WHERE id = :campaign_id"
_SHOWN = 5
_AFTER_LEAVING = HANG_SECONDS + 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted after one campaign."""

    people: int = 0
    accepted: int = 0
    copies: int = 0
    in_flight: int = 0
    were_unknown: int = 0
    still_unknown: int = 0
    states: Counter[str] = field(default_factory=Counter)


def count(
    stage: Stage, campaign_id: int, audience: Set[int], in_flight: int, *, leases_end: bool
) -> tuple[Figures, list[str]]:
    """Count, and say what breaks the promise.

    `in_flight` is how many messages the faults may have left unknown; if a clock jumped and `leases_end`, all that was
    claimed may have been unknown for a moment, but no more of it may be sent twice.
    """
    rows = stage.rows(_ROWS, campaign_id=campaign_id)
    campaign = stage.rows(_CAMPAIGN, campaign_id=campaign_id)[0]
    book = stage.relay.book
    book.read_on()
    figures = _figures(rows, book, in_flight)
    found = [*_of_rows(rows, stage), *_of_sums(figures, rows, audience, leases_end=leases_end)]
    if campaign.state != "sent":
        found.append(f"the campaign is {campaign.state}: {dict(figures.states)} {campaign.trouble}")
    found += _of_console(stage, campaign.public_id, figures)
    return figures, found


def _figures(rows: list[Any], book: Book, in_flight: int) -> Figures:
    taken = [book.copies[row.key] for row in rows]
    return Figures(
        people=len(rows),
        accepted=sum(number > 0 for number in taken),
        copies=sum(number - 1 for number in taken if number > 1),
        in_flight=in_flight,
        were_unknown=sum(row.unknown_since is not None for row in rows),
        still_unknown=sum(row.state == "unknown" for row in rows),
        states=Counter(row.state for row in rows),
    )


def _of_rows(rows: list[Any], stage: Stage) -> Iterator[str]:
    """What is wrong with single rows, a few examples of each kind."""
    book = stage.relay.book
    kinds: dict[str, list[Any]] = {}
    for row in rows:
        for what in _wrong(row, book, stage):
            kinds.setdefault(what, []).append(row)
    for what, examples in kinds.items():
        yield f"{what}: {len(examples)} rows"
        yield from (f"    {tell(row, book)}" for row in examples[:_SHOWN])


def _wrong(row: Any, book: Book, stage: Stage) -> Iterator[str]:
    copies, was_unknown, has_left = book.copies[row.key], row.unknown_since is not None, row.subscriber_id in stage.left
    is_refused = row.address.startswith(NOBODY)
    judgements = {
        "a second copy of what was never unknown": copies > 1 and not was_unknown,
        "more than two copies": copies > 2,
        "sent in the ledger, never taken by the relay": row.state == "sent" and not copies,
        "taken by the relay, not sent in the ledger": copies and row.state != "sent" and not was_unknown,
        "failed in the ledger, never refused by the relay": row.state == "failed" and not book.refused[row.address],
        "refused by the relay, but not failed": is_refused and row.state not in {"failed", "skipped", "unknown"},
        "skipped, though the reader never left": row.state == "skipped" and not has_left,
        f"still {row.state}": row.state in {"queued", "deferred", "sending"},
        f"taken more than {_AFTER_LEAVING:.0f} s after the reader left": (
            has_left and copies and book.last_taken[row.key] - stage.left[row.subscriber_id] > _AFTER_LEAVING
        ),
        "taken for a reader who had left before it was claimed": copies and row.subscriber_id in stage.left_in_time,
    }
    yield from (what for what, is_so in judgements.items() if is_so)


def _of_sums(figures: Figures, rows: list[Any], audience: Set[int], *, leases_end: bool) -> Iterator[str]:
    missing = audience - {row.subscriber_id for row in rows}
    if missing or len(rows) != len(audience):
        yield f"the ledger has {len(rows)} rows for {len(audience)} readers, {len(missing)} have none"
    if figures.copies > figures.in_flight:
        yield f"{figures.copies} second copies; {figures.in_flight} messages at most were in flight"
    if figures.were_unknown > figures.in_flight and not leases_end:
        yield f"{figures.were_unknown} were unknown; {figures.in_flight} messages at most were in flight"


def _of_console(stage: Stage, public_id: object, figures: Figures) -> Iterator[str]:
    """Whether staff see the same numbers."""
    answer = stage.browser.get(f"/console/campaigns/{public_id}/progress")
    if answer.status_code != 200 or answer.json is None:
        yield f"the console answers {answer.status}"
        return
    shown = {state: int(number.replace(",", "")) for state, number in answer.json["numbers"].items()}
    if {state: number for state, number in shown.items() if number} != dict(figures.states):
        yield f"the console shows {shown}, the ledger holds {dict(figures.states)}"


def tell(row: Any, book: Book) -> str:
    """One row beside what the relay saw of it."""
    return (
        f"row {row.id} {row.state} attempts={row.attempts} unknown_since={row.unknown_since} resent_at={row.resent_at} "
        f"by {row.claimed_by} “{row.reply_text}”; taken {book.copies[row.key]} times, "
        f"first {book.first_taken.get(row.key)}, last {book.last_taken.get(row.key)}"
    )
