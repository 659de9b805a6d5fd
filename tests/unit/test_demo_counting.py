"""What the demonstration's table would say if a mail went wrong."""

from app.cli.demo import people
from app.cli.demo.counting import count_confirmations, count_first, count_second, count_silent
from app.devinbox.store import Entry


def mails(recipients, subject="News") -> list[Entry]:
    return [
        Entry(str(number), "news@opendoors.example", (who,), subject, "2026-11-24T09:00:00+00:00", 1)
        for number, who in enumerate(recipients)
    ]


def wrong(figures) -> list[tuple[str, int]]:
    return [(figure.what.partition(": ")[2], figure.counted) for figure in figures if not figure.is_right]


def test_the_lists_are_as_long_as_the_story_says():
    assert (len(people.GET_FIRST), len(people.GET_SECOND), len(people.GET_NOTHING)) == (1003, 1002, 5)
    assert not people.GET_FIRST & people.GET_NOTHING


def test_when_each_of_them_gets_one_mail_all_is_right():
    assert wrong(count_first(mails(people.GET_FIRST), "News")) == []
    assert wrong(count_second(mails(people.GET_SECOND), "News")) == []
    assert wrong(count_confirmations(mails(people.GET_CONFIRMATION), "Other")) == []


def test_somebody_else_instead_of_a_reader_is_counted_twice_over():
    others = sorted(people.GET_FIRST)[1:]
    figures = count_first(mails([*others, "stranger@mail.example"]), "News")
    assert wrong(figures) == [("people who got it", 1002), ("people who did not ask", 1)]


def test_a_second_copy_is_seen():
    twice = [*people.GET_FIRST, people.wire(people.PEOPLE[1])]
    assert wrong(count_first(mails(twice), "News")) == [("second copies", 1)]


def test_a_mail_to_who_had_left_is_seen():
    assert wrong(count_second(mails(people.GET_FIRST), "News")) == [
        ("people who did not ask", 1),
        ("mails to who had left", 1),
    ]


def test_a_confirmation_that_nobody_asked_for_is_seen():
    stray = mails([*people.GET_CONFIRMATION, "stranger@mail.example"], subject="Please confirm")
    assert [figure.counted for figure in count_confirmations(stray, "News") if not figure.is_right] == [4, 1]


def test_any_mail_to_somebody_who_must_get_none_is_seen():
    for address in people.SILENT:
        assert count_silent(mails([people.wire(address)])).counted == 1
        assert wrong(count_first(mails([*people.GET_FIRST, people.wire(address)]), "News"))
