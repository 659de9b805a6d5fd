"""Where answers come in: read once, every wrong form answered with the right one, the password never repeated."""

import pytest

from app.intake_address import ListenAddress, Mailbox

LISTEN, MAILBOX = "write it like lmtp://127.0.0.1:8024", "write it like imaps://user:pass@mail.example.org/INBOX"


@pytest.mark.parametrize("text", ["lmtp://127.0.0.1:8024", "smtp://[::1]:8025", "  lmtp://intake.example.org:24/ "])
def test_a_listening_address_is_what_it_says(text):
    assert str(ListenAddress.parse(text)) == text.strip().rstrip("/")


@pytest.mark.parametrize(
    "text",
    ["", "8024", "lmtp://127.0.0.1", "lmtp://:24", "lmtp://h:port", "lmtp://h:99999", "lmtp://[::1", "http://h:1"],
)
def test_a_listening_address_of_another_form_is_told_the_right_one(text):
    with pytest.raises(ValueError, match=LISTEN):
        ListenAddress.parse(text)


def test_a_mailbox_has_a_usual_port_and_folder_and_hides_its_password():
    usual = Mailbox.parse("imaps://ana%40example.org:p%2Fw@mail.example.org")
    assert (usual.user, usual.password, usual.port, usual.folder) == ("ana@example.org", "p/w", 993, "INBOX")
    other = Mailbox.parse("imaps://ana:secret@mail.example.org:1993/Reports%20in/2026")
    assert str(other) == "imaps://ana:***@mail.example.org:1993/Reports in/2026"


@pytest.mark.parametrize(
    "text",
    [
        "imap://a:secret@h",
        "imaps://h",
        "imaps://a@h",
        "imaps://a:sec/ret@h",
        "imaps://a:secret@h:x",
        "imaps://[a:secret",
    ],
)
def test_a_mailbox_of_another_form_is_told_the_right_one_and_its_password_is_not_repeated(text):
    with pytest.raises(ValueError, match=MAILBOX) as refused:
        Mailbox.parse(text)
    assert "secret" not in str(refused.value)
    assert "%2F" in str(refused.value)
