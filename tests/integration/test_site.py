"""What staff may change: defaults follow the installation, what is typed is checked, and mails say what was set."""

from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from app.errors import Invalid
from app.models import SiteSetting
from app.services import site
from app.services.editions import Press, statements_stream
from app.services.site_options import OPTIONS, Kind, options, read, written
from app.settings import mailbox
from tests import factories

NOW = factories.NOW


@pytest.fixture
def typed(session, settings):
    """What a form would send that nobody touched."""
    return {name: written(value) for name, value in site.values(session, settings).items()}


def test_what_nobody_has_changed_is_what_the_installation_decided(session, settings):
    found = site.get(session, settings)
    assert found.undo_seconds == settings.undo_seconds
    assert found.sender_name == mailbox(settings.statements_from).display_name
    assert (found.four_eyes, found.require_second_factor, found.confirm_above) == (False, False, 1000)
    assert found.footer_text("en") == settings.footer_text
    other = settings.model_copy(update={"undo_seconds": 77})
    assert site.get(session, other).undo_seconds == 77


def test_a_form_that_nobody_touched_changes_nothing(session, settings, typed):
    assert site.change(session, settings, typed, now=NOW, by=None) == []
    assert session.scalars(select(SiteSetting)).all() == []


def test_what_is_changed_is_kept_and_told_with_what_it_was(session, settings, typed):
    changes = site.change(session, settings, typed | {"four_eyes": "yes", "confirm_above": "2,500"}, now=NOW, by=None)
    assert [(one.option.name, one.before, one.after) for one in changes] == [
        ("four_eyes", False, True),
        ("confirm_above", 1000, 2500),
    ]
    found = site.get(session, settings)
    assert (found.four_eyes, found.confirm_above) == (True, 2500)


def test_what_is_set_back_follows_the_installation_again(session, settings, typed):
    site.change(session, settings, {"undo_seconds": "5"}, now=NOW, by=None)
    site.change(session, settings, {"undo_seconds": str(settings.undo_seconds)}, now=NOW, by=None)
    assert session.scalars(select(SiteSetting)).all() == []


def test_every_wrong_field_is_named_and_nothing_is_changed(session, settings, typed):
    wrong = {"sender_name": " ", "reply_to": "nobody", "confirm_above": "-1", "undo_seconds": "soon", "unknown": "x"}
    with pytest.raises(Invalid) as refused:
        site.change(session, settings, typed | wrong | {"four_eyes": "yes"}, now=NOW, by=None)
    assert {problem.field for problem in refused.value.problems} == set(wrong)
    assert not site.get(session, settings).four_eyes


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_default_is_a_value_that_could_have_been_typed(settings, option):
    assert read(option, written(option.default(settings))) == option.default(settings)
    if option.kind is Kind.NUMBER:
        for number in (option.least - 1, option.most + 1):
            with pytest.raises(Invalid, match="whole number"):
                read(option, str(number))


def test_there_is_a_footer_for_each_language_and_the_first_stands_in_for_the_others(session, settings):
    some = settings.model_copy(update={"languages": ("en", "fr", "pt-BR"), "footer_text": "A charity."})
    assert [option.name for option in options(some)][-3:] == ["footer_text.en", "footer_text.fr", "footer_text.pt-BR"]
    site.change(session, some, {"footer_text.fr": "Une\r\nassociation."}, now=NOW, by=None)
    found = site.get(session, some)
    assert found.footer_texts == {"en": "A charity.", "fr": "Une\nassociation."}
    assert found.footer_text("fr") == "Une\nassociation."
    assert found.footer_text("pt-BR") == found.footer_text("ar") == "A charity."


def test_statements_come_from_the_name_that_was_set_and_answers_go_where_staff_want_them(session, settings):
    chosen = {"sender_name": "Ōpen “Doors”, press", "reply_to": "press@opendoors.example", "undo_seconds": "7"}
    site.change(session, settings, chosen, now=NOW, by=None)
    press = site.press(session, Press.from_settings(settings))
    stream = statements_stream(press)
    assert (stream.sender.display_name, stream.sender.addr_spec) == (
        "Ōpen “Doors”, press",
        mailbox(settings.statements_from).addr_spec,
    )
    assert stream.reply_to.addr_spec == "press@opendoors.example"
    assert site.applied(session, settings).undo_seconds == press.settings.undo_seconds == 7


def test_a_campaign_that_is_prepared_says_what_was_set(session, settings):
    site.change(session, settings, {"footer_text.en": "Registered charity 1234."}, now=NOW, by=None)
    press = site.press(session, Press.from_settings(settings))
    from app.services import campaigns, editions

    campaign = factories.campaign(session)
    raw = editions.sample(press, campaign, campaigns.preview(press, campaign))
    message = message_from_bytes(raw, policy=policy.default)
    for kind in ("plain", "html"):
        assert "Registered charity 1234." in message.get_body((kind,)).get_content()


def test_the_seal_of_a_form_changes_with_any_value(session, settings):
    before = site.seal(site.values(session, settings))
    assert site.seal(site.values(session, settings)) == before
    site.change(session, settings, {"four_eyes": "yes"}, now=NOW, by=None)
    assert site.seal(site.values(session, settings)) != before
