"""The guard of the sign-up form, with a clock that is moved by hand: its limits, attacks, and Redis away."""

from datetime import UTC, datetime, timedelta

import pytest

from app.mail.address import EmailAddress
from app.services.guard import Fate, Guard, Visit
from app.services.guard.judging import HOLD, MORE_FOR_WORK, REQUESTS_A_DAY, network

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)


class Door:
    """The guard, and people before it: each with an address, a network and a copy of the form of their own."""

    def __init__(self, settings):
        self.guard = Guard(settings)
        self.now, self.mode, self.number = NOW, "auto", 0

    def move(self, **span):
        self.now += timedelta(**span)

    def comes(self, address=None, client=None, **rest):
        self.number += 1
        address = EmailAddress.parse(address or f"person{self.number}@place{self.number}.example")
        client = client or f"10.{self.number // 256}.{self.number % 256}.7"
        visit = Visit(address, client, rest.pop("form", f"form{self.number}"), ("statements",), **rest)
        return self.guard.judge(visit, self.mode, self.now)

    def waits(self, **rest):
        """How long the mail of whoever comes is held; None if it is dropped."""
        verdict = self.comes(**rest)
        return None if verdict.fate is Fate.DROP else verdict.due - self.now


@pytest.fixture
def door(settings, redis):
    return Door(settings)


def test_a_network_gets_ten_mails_an_hour_and_the_next_leave_when_there_is_room(door):
    waits = [door.waits(client=f"192.0.2.{number}") for number in range(12)]
    assert waits == [timedelta()] * 10 + [timedelta(hours=1)] * 2
    assert door.waits(client="198.51.100.1") == timedelta()
    door.move(minutes=59)
    assert door.waits(client="192.0.2.1") == timedelta(minutes=1)


def test_a_network_gets_thirty_mails_a_day_and_then_the_wait_grows_until_nothing_is_mailed(door):
    waits = [door.waits(client="192.0.2.1") for _ in range(100)]
    first_day, second_day, rest = waits[:30], waits[30:60], waits[60:]
    assert sorted(set(first_day)) == [timedelta(hours=hours) for hours in range(3)]
    assert set(second_day) <= {DAY, None}
    assert second_day[:10] == [DAY] * 10
    assert set(rest) == {None}


@pytest.mark.parametrize(
    ("client", "limited_as"),
    [
        ("192.0.2.200", "192.0.2.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("::ffff:192.0.2.200", "192.0.2.0/24"),
        ("nonsense", ""),
    ],
)
def test_what_counts_as_one_network(client, limited_as):
    assert network(client) == limited_as


def test_all_domains_of_a_provider_get_sixty_mails_an_hour_together(door):
    waits = [door.waits(address=f"p{number}@{'gmail' if number % 2 else 'googlemail'}.com") for number in range(61)]
    assert waits == [timedelta()] * 60 + [timedelta(hours=1)]
    assert door.waits(address="somebody@outlook.com") == timedelta()


def test_an_address_is_asked_for_five_times_a_day_and_takes_one_place_for_all(door):
    visits = [door.comes(address="ana@gmail.com") for _ in range(REQUESTS_A_DAY + 20)]
    assert [visit.fate for visit in visits] == [Fate.SEND] * REQUESTS_A_DAY + [Fate.DROP] * 20
    assert [door.waits(address=f"p{number}@gmail.com") for number in range(59)] == [timedelta()] * 59
    door.move(days=1)
    assert door.comes(address="ana@gmail.com").fate is Fate.SEND


def test_whoever_is_asked_for_again_from_a_full_network_is_not_served_sooner(door):
    held = [door.waits(client="192.0.2.1", address=f"p{number}@example.org") for number in range(11)][-1]
    assert held == timedelta(hours=1)
    assert door.waits(client="192.0.2.1", address="p10@example.org") == held
    assert door.waits(client="198.51.100.1", address="p10@example.org") == timedelta()


def test_the_same_answer_of_the_same_form_counts_once_and_another_answer_is_heard(door):
    assert door.comes(address="ana@example.org", form="copy").fate is Fate.SEND
    assert door.comes(address="ana@example.org", form="copy").fate is Fate.DROP
    assert door.comes(address="anna@example.org", form="copy").fate is Fate.SEND
    assert door.comes(address="ana@example.org", form="another copy").fate is Fate.SEND


def test_what_could_not_be_written_down_may_be_sent_again(door):
    visit = Visit(EmailAddress.parse("ana@example.org"), "192.0.2.1", "copy")
    for _ in range(REQUESTS_A_DAY + 1):
        assert door.guard.judge(visit, "auto", NOW).fate is Fate.SEND
        door.guard.take_back(visit)


def test_an_attack_holds_whoever_did_no_work_and_is_over_by_itself(door):
    limit = door.guard.look(door.now).usual
    assert {door.waits() for _ in range(limit)} == {timedelta()}
    assert door.waits() == HOLD
    assert door.waits(has_worked=True) == timedelta()
    assert door.guard.look(door.now).is_attack("auto")
    door.move(minutes=61)
    assert not door.guard.look(door.now).is_attack("auto")
    assert door.waits() == timedelta()


def test_staff_may_switch_the_guard_on_and_off(door):
    door.mode = "on"
    assert door.waits() == HOLD
    door.mode = "off"
    assert {door.waits() for _ in range(150)} == {timedelta()}


def test_a_busy_site_is_used_to_more(door):
    door.guard.tell_usual(2000)
    assert {door.waits() for _ in range(300)} == {timedelta()}
    assert door.guard.look(door.now).usual == 2000


def test_work_serves_many_people_of_one_network_but_is_not_used_for_many_addresses(door):
    many = [door.waits(client="192.0.2.1", has_worked=True) for _ in range(20)]
    assert many == [timedelta()] * 20
    assert len(many) < 10 * MORE_FOR_WORK
    door.mode = "on"
    waits = [door.waits(form="one copy", has_worked=True) for _ in range(5)]
    assert waits == [timedelta()] * 3 + [HOLD] * 2


def test_one_without_work_does_not_clear_the_count_of_those_whose_browsers_worked(door):
    most = 10 * MORE_FOR_WORK
    assert {door.waits(client="192.0.2.1", has_worked=True) for _ in range(most)} == {timedelta()}
    door.waits(client="192.0.2.1")
    assert door.waits(client="192.0.2.1", has_worked=True) > timedelta()


def test_without_redis_everybody_is_held_and_nobody_lost(settings):
    away = Door(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    assert [away.waits() for _ in range(3)] == [HOLD] * 3
    assert away.guard.look(NOW) is None


def test_no_address_and_no_whole_ip_address_stands_in_redis(door, redis):
    door.comes(address="ana@example.org", client="192.0.2.77")
    everything = " ".join(redis.keys("communique:guard:*"))
    assert "ana" not in everything
    assert "192.0.2.77" not in everything


def test_a_flood_against_one_provider_takes_no_place_of_those_whose_browsers_worked(door):
    for number in range(200):
        door.comes(address=f"made-up{number}@gmail.com")
    assert door.waits(address="honest@gmail.com", has_worked=True) == timedelta()
    assert door.waits(address="without.work@gmail.com") > timedelta(hours=1)
