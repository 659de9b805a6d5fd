"""Which passwords are refused because they are tried first, and which are not."""

import secrets

import pytest

from app.services.access.weak_passwords import is_weak

ABOUT = ["Inés Falk", "ines.falk@opendoors.example", "Open Doors International"]


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password2026!",
        "P4ssw0rd!P4ssw0rd!",
        "qwertyuiop123",
        "QWERTZUIOP!!",
        "1q2w3e4r5t6z",
        "1qaz2wsx3edc",
        "123456789012",
        "098765432109",
        "abcdefghijkl",
        "zyxwvutsrqpo",
        "aaaaaaaaaaaa",
        "horsehorsehorse",
        "iloveyou2026",
        "letmeinletmein",
        "Welcome2024!!",
        "Summer2026!!",
        "december2026!",
        "administrator1",
        "changeme-changeme",
        "OpenDoors2026!",
        "International1!",
        "opendoorsines",
        "ines.falk2026",
        "Falk-Falk-Falk",
        "            ",
        "!!!!!!!!!!!!",
    ],
)
def test_what_is_tried_first_is_refused(password):
    assert is_weak(password, ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "a password that is long enough",
        "ramp lantern violet",
        "Zug fährt nach Süden",
        "мой зелёный чайник",
        "古い電車が好きです本当に",
        "three small grey doors 7",
        "xK9#mQ2$vL5!",
    ],
)
def test_words_that_do_not_belong_together_are_accepted(password):
    assert not is_weak(password, ABOUT)


def test_what_chance_has_made_is_accepted():
    assert not any(is_weak(secrets.token_urlsafe(12), ABOUT) for _ in range(500))


def test_the_names_of_others_do_not_matter():
    assert not is_weak("marigold kettle", ["Bo Li"])
    assert is_weak("marigold1234", ["Marigold Li"])


def test_a_very_long_password_is_looked_at_quickly():
    assert is_weak("ab" * 100)
    assert not is_weak(secrets.token_urlsafe(150))
