"""A reason for leaving: kept short and without addresses, and never in the way of leaving."""

import pytest

from app.services.leaving_reasons import LeavingReason, parted, said


@pytest.mark.parametrize(
    ("choice", "words", "kept"),
    [
        ("too-many", "", "too-many"),
        ("too-many", " Twice\r\na  week. ", "too-many: Twice a week."),
        ("", "Ask ana@example.org", "other: Ask (address)"),
        ("unheard-of", "", ""),
        ("unheard-of", "It: is so", "other: It: is so"),
        ("", " \x07\x00 ", ""),
        ("other", "x" * 600, "other: " + "x" * 500),
        ("never-asked", "لم أطلب ذلك", "never-asked: لم أطلب ذلك"),
    ],
)
def test_what_was_said_is_kept_on_one_line(choice: str, words: str, kept: str) -> None:
    assert said(choice, words) == kept


@pytest.mark.parametrize(
    ("kept", "choice", "words"),
    [
        ("too-many", LeavingReason.TOO_MANY, ""),
        ("other: It: is so", LeavingReason.OTHER, "It: is so"),
        ("asked by telephone", None, "asked by telephone"),
        ("", None, ""),
    ],
)
def test_and_found_again_in_its_parts(kept: str, choice: LeavingReason | None, words: str) -> None:
    assert parted(kept) == (choice, words)
