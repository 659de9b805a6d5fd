"""The gate before every send: each rule that can be seen in a message's bytes, in one list of problems.

The codes are those of the project's checklist of standards: U one-click unsubscribing, H header fields, M MIME and
encoding, L law, E accessibility.
"""

from collections.abc import Callable, Iterable, Iterator

from app.mail import (
    lint_addresses,
    lint_contrast,
    lint_dark,
    lint_headers,
    lint_html,
    lint_images,
    lint_links,
    lint_order,
    lint_parity,
    lint_style,
    lint_text,
    lint_unsubscribe,
    lint_wire,
)
from app.mail.letter import Kind, Letter, Terms, read_letter
from app.mail.problems import Problem

Check = Callable[[Letter], Iterable[Problem]]

CHECKS: tuple[Check, ...] = (
    *lint_wire.CHECKS,
    *lint_headers.CHECKS,
    *lint_addresses.CHECKS,
    *lint_unsubscribe.CHECKS,
    *lint_html.CHECKS,
    *lint_images.CHECKS,
    *lint_links.CHECKS,
    *lint_style.CHECKS,
    *lint_order.CHECKS,
    *lint_contrast.CHECKS,
    *lint_dark.CHECKS,
    *lint_text.CHECKS,
    *lint_parity.CHECKS,
)
_MOST_PER_CODE = 5


def lint_message(
    raw: bytes,
    *,
    kind: Kind,
    postal_address: str | None = None,
    organisation: str | None = None,
    contact: str | None = None,
) -> list[Problem]:
    """Find what is wrong with a finished message; never raises, whatever the bytes.

    A text that must stand in the message is checked unless it is None; an empty one is an error, because then the
    installation isn't configured. At most five problems are given per code.
    """
    letter = read_letter(raw, Terms(kind, postal_address, organisation, contact))
    found = dict.fromkeys(problem for check in CHECKS for problem in check(letter))
    return list(_few(found))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Keep those problems that stop the message."""
    return [problem for problem in problems if problem.severity == "error"]


def _few(problems: Iterable[Problem]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for problem in problems:
        key = problem.code, problem.severity
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= _MOST_PER_CODE:
            yield problem
