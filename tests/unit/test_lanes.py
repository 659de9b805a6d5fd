"""Which connection a message goes to, and what slow domains may hold."""

from dataclasses import dataclass, field

import pytest

from worker.smtp.lanes import Lanes
from worker.smtp.outcome import Envelope
from worker.smtp.slowness import FORGOTTEN_AFTER, Slowness


@dataclass(eq=False)
class Line:
    """A connection with so many messages under way, out of three that it could have."""

    in_hand: list[Envelope] = field(default_factory=list)

    @property
    def load(self) -> int:
        return len(self.in_hand)

    @property
    def room(self) -> int:
        return 3 - self.load


def to(*domains: str) -> Line:
    return Line([Envelope(number, "a@example.org", f"r@{domain}", b"") for number, domain in enumerate(domains)])


@pytest.fixture
def slowness():
    known = Slowness()
    known.note("slow.example", 1.5, now=0)
    known.note_answer("quick.example")
    return known


def chosen(lines: list[Line], domain: str, slowness: Slowness, most: int = 4) -> int | None:
    line = Lanes(lines, most, slowness).choose(domain)
    return None if line is None else [one is line for one in lines].index(True)


def test_the_emptiest_connection_is_chosen(slowness):
    assert (
        chosen([to("a.example", "b.example"), to("a.example"), to("c.example", "d.example")], "quick.example", slowness)
        == 1
    )


def test_a_full_connection_is_not_chosen(slowness):
    assert chosen([to("a.example", "a.example", "a.example")], "quick.example", slowness) is None


def test_nobody_is_put_behind_somebody_slow(slowness):
    assert chosen([to("slow.example"), to("a.example", "b.example")], "quick.example", slowness) == 1
    assert chosen([to("slow.example")], "quick.example", slowness) is None


def test_slow_domains_have_all_connections_but_one(slowness):
    lines = [to("slow.example"), to("slow.example"), to("a.example"), to()]
    assert chosen(lines, "slow.example", slowness) == 3
    lines[3] = to("slow.example", "slow.example")
    assert chosen(lines, "slow.example", slowness) in {0, 1}
    assert Lanes(lines, 4, slowness).slow_room == 5


def test_slow_domains_find_a_place_also_when_no_connection_is_idle(slowness):
    assert chosen([to("a.example", "a.example"), to("quick.example")], "slow.example", slowness) == 1


def test_a_slow_domain_may_have_the_only_connection(slowness):
    assert chosen([to()], "slow.example", slowness, most=1) == 0
    assert chosen([to("slow.example")], "slow.example", slowness, most=1) == 0


def test_who_was_never_seen_to_answer_leaves_one_connection_to_others(slowness):
    lines = [to("new.example"), to("new.example"), to()]
    assert chosen(lines, "new.example", slowness, most=3) in {0, 1}
    assert chosen(lines, "other.example", slowness, most=3) == 2
    slowness.note_answer("new.example")
    assert chosen(lines, "new.example", slowness, most=3) == 2


def test_who_waits_behind_somebody_slow_is_not_held_to_be_slow(slowness):
    lines = [to("slow.example", "new.example"), to("slow.example", "new.example"), to()]
    assert chosen(lines, "new.example", slowness, most=3) == 2


def test_a_slow_domain_gets_a_new_chance_after_a_minute(slowness):
    slowness.note("slow.example", 1.2, now=30)
    slowness.forget(30 + FORGOTTEN_AFTER - 1)
    assert slowness.is_slow("slow.example")
    slowness.forget(30 + FORGOTTEN_AFTER + 1)
    assert not slowness.is_slow("slow.example")


def test_a_second_is_not_slow(slowness):
    slowness.note("b.example", 1.0, now=0)
    assert not slowness.is_slow("b.example")
