"""The crash journal: whatever moment a process dies at, its file says what had left and what was answered."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.delivery_states import DeliveryEvent
from worker.delivery import journal as journals
from worker.delivery.journal import SUFFIX, Journal
from worker.smtp.outcome import Outcome

TAKEN = Outcome(DeliveryEvent.ACCEPTED, 250, "2.0.0", "taken é\0\n", "a")


def told(journal: Journal, folder: Path) -> journals._Story:
    return journals._read((folder / f"{journal.worker}{SUFFIX}").read_bytes())


@given(
    st.lists(st.tuples(st.sampled_from("BAR"), st.lists(st.integers(1, 12), min_size=1, max_size=4)), max_size=40),
    st.sampled_from([0, 200, 1_000_000]),
)
@settings(max_examples=60, deadline=None)
def test_the_file_always_tells_what_is_open_and_what_was_answered(tmp_path_factory, steps, largest):
    """Compacting, at whatever size, changes nothing of it: what is open stays so, what is recorded stays forgotten."""
    folder = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journals, "_LARGEST", largest)
        journal = Journal.open(folder)
        begun: set[int] = set()
        for kind, numbers in steps:
            if kind == "B":
                journal.begun(numbers)
                begun |= set(numbers)
            elif kind == "A":
                journal.answered([(number, TAKEN) for number in numbers if number in begun])
            else:
                journal.recorded(numbers)
                begun -= set(numbers)
            story = told(journal, folder)
            assert story.begun == begun
            assert story.answered.keys() <= begun
        journal.close()
    assert not list(folder.glob("*.new"))


def test_an_answer_comes_back_as_it_was(tmp_path):
    journal = Journal.open(tmp_path)
    journal.begun([7, 8])
    journal.answered([(7, TAKEN)])
    story = told(journal, tmp_path)
    assert story.answered == {7: TAKEN}
    assert story.begun == {7, 8}


def test_a_row_that_was_recorded_and_is_claimed_again_owes_nothing_to_its_first_try(tmp_path):
    journal = Journal.open(tmp_path)
    journal.begun([7, 8])
    journal.answered([(7, Outcome(DeliveryEvent.DEFERRED, 451))])
    journal.recorded([7])
    assert told(journal, tmp_path).answered == {}
    journal.begun([7])
    assert told(journal, tmp_path) == journals._Story({7, 8}, {})


def test_a_file_in_which_nothing_is_open_is_empty(tmp_path):
    journal = Journal.open(tmp_path)
    journal.begun([1, 2])
    journal.answered([(1, TAKEN), (2, TAKEN)])
    journal.recorded([1, 2])
    assert (tmp_path / f"{journal.worker}{SUFFIX}").read_bytes() == b""


def test_a_line_that_did_not_fit_on_the_disk_is_an_error_and_not_a_lie(tmp_path, monkeypatch):
    journal = Journal.open(tmp_path)
    real = os.write
    monkeypatch.setattr(journals.os, "write", lambda descriptor, data: real(descriptor, data[: len(data) // 2]))
    with pytest.raises(OSError, match="No space") as caught:
        journal.begun([123456])
    assert caught.value.errno == errno.ENOSPC
    monkeypatch.undo()
    assert told(journal, tmp_path).begun == set()
    journal.begun([7])
    assert told(journal, tmp_path).begun == {7}


def test_a_damaged_line_tells_nothing_and_stops_nobody(tmp_path):
    journal = Journal.open(tmp_path)
    journal.begun([7, 8])
    path = tmp_path / f"{journal.worker}{SUFFIX}"
    with path.open("ab") as file:
        file.write(b'A [[7, "acc\nB x\n\xff\0\nA {}\nA [[9]]\nA [7]\n')
    journal.answered([(8, TAKEN)])
    assert told(journal, tmp_path) == journals._Story({7, 8}, {8: TAKEN})
