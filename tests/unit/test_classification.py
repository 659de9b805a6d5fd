"""What answers of real servers are taken to mean."""

import random
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.delivery_states import DeliveryEvent
from worker.replies import ReplyClass, classify
from worker.replies.reading import phrases_of
from worker.replies.table import TABLE
from worker.smtp.outcome import Outcome


class Sample(NamedTuple):
    meant: ReplyClass
    code: int
    enhanced: str | None
    server: str
    words: str

    @property
    def outcome(self) -> Outcome:
        event = DeliveryEvent.REFUSED if self.code >= 500 else DeliveryEvent.DEFERRED
        return Outcome(event, self.code, self.enhanced, self.words)


def corpus() -> list[Sample]:
    lines = (Path(__file__).parent / "replies.txt").read_text().splitlines()
    samples = []
    for line in lines:
        if not line.startswith("#"):
            meant, code, enhanced, server, words = (part.strip() for part in line.split("|", 4))
            samples.append(Sample(ReplyClass(meant), int(code), None if enhanced == "-" else enhanced, server, words))
    return samples


CORPUS = corpus()
READER = {ReplyClass.HARD, ReplyClass.INACTIVE}


@pytest.mark.parametrize("sample", CORPUS, ids=lambda sample: f"{sample.server} {sample.code} {sample.words[:40]}")
def test_real_answers_are_understood(sample):
    assert classify(sample.outcome) is sample.meant


def test_the_corpus_is_large_and_knows_every_class():
    assert len(CORPUS) >= 150
    assert set(Counter(sample.meant for sample in CORPUS)) == set(ReplyClass)


def test_nobody_is_taken_for_gone_because_we_are_blocked():
    confused = Counter((sample.meant, classify(sample.outcome)) for sample in CORPUS)
    assert {pair: n for pair, n in confused.items() if pair[0].is_about_us and pair[1] in READER} == {}


@pytest.mark.parametrize("code", [None, 421, 450, 451, 452])
def test_trouble_that_may_pass_never_says_that_an_address_is_gone(code):
    for sample in CORPUS:
        assert classify(Outcome(DeliveryEvent.DEFERRED, code, None, sample.words)) not in READER


def test_trouble_with_the_network_is_soft():
    assert classify(Outcome(DeliveryEvent.DEFERRED, text="the connection was refused")) is ReplyClass.SOFT


@given(st.integers(400, 599), st.none() | st.from_regex(r"[45]\.\d{1,3}\.\d{1,3}", fullmatch=True), st.text())
def test_every_answer_has_a_class(code, enhanced, words):
    assert classify(Outcome(DeliveryEvent.REFUSED, code, enhanced, words)) in ReplyClass


def test_who_is_refused_at_mail_from_is_us():
    reply = Outcome(DeliveryEvent.REFUSED, 550, "5.1.1", "User unknown")
    assert classify(reply) is ReplyClass.HARD
    assert classify(reply, stage="MAIL") is ReplyClass.BLOCKED


def test_no_text_makes_it_slow():
    phrases = [phrase.split("…", maxsplit=1)[0] for rule in TABLE for phrase in phrases_of(rule) if "…" in phrase]
    chance = random.Random(1)
    hostile = ["a" * 1_000_000, " ".join(phrases * 500), "exceeded " * 100_000, "@ " * 500_000]
    hostile += [" ".join(chance.choices(phrases, k=5000))]
    for words in hostile:
        began = time.process_time()
        classify(Outcome(DeliveryEvent.REFUSED, 550, None, words))
        assert time.process_time() - began < 0.25


def test_a_text_that_is_too_long_is_judged_by_its_beginning():
    assert classify(Outcome(DeliveryEvent.REFUSED, 550, None, "user unknown " + "x" * 100_000)) is ReplyClass.HARD
