"""The settings page: what staff may change, what they may only see, and what is said about a slip."""

from sqlalchemy import select

from app.models import AuditEntry, SiteSetting
from app.services import site
from tests.flows.press_office import PressOffice

PAGE = "/console/settings"


def test_a_setting_is_changed_kept_and_written_down(office, newsroom, settings):
    page = office.open(PAGE).press("Save settings", four_eyes="yes", confirm_above="2,500", sender_name="Open Doors")
    assert page.status == 200
    assert "3 settings are changed." in page.text
    assert (page.value("confirm_above"), page.value("sender_name")) == ("2500", "Open Doors")
    assert page.html.select_one("#four_eyes").has_attr("checked")
    found = site.get(newsroom, settings)
    assert (found.four_eyes, found.confirm_above, found.sender_name) == (True, 2500, "Open Doors")
    entries = newsroom.scalars(select(AuditEntry).where(AuditEntry.action == "settings.change")).all()
    assert {(entry.object_id, entry.details["after"]) for entry in entries} == {
        ("four_eyes", True),
        ("confirm_above", 2500),
        ("sender_name", "Open Doors"),
    }
    assert {entry.who for entry in entries} == {"ines@opendoors.example"}


def test_a_box_that_is_not_ticked_any_more_switches_off(office, newsroom, settings):
    office.open(PAGE).press("Save settings", four_eyes="yes")
    office.open(PAGE).press("Save settings", four_eyes=[])
    assert not site.get(newsroom, settings).four_eyes


def test_saving_what_nobody_touched_changes_nothing(office, newsroom):
    assert "Nothing was changed." in office.open(PAGE).press("Save settings").text
    assert newsroom.scalars(select(SiteSetting)).all() == []


def test_every_slip_is_named_at_its_field_and_nothing_typed_is_lost(office, newsroom):
    page = office.open(PAGE).press("Save settings", confirm_above="many", reply_to="nobody", sender_name="Kept")
    assert page.status == 400
    assert page.title.startswith("Error:")
    summary = page.html.select_one(".error-summary")
    assert summary.has_attr("autofocus")
    assert {a["href"] for a in summary.find_all("a")} == {"#confirm_above", "#reply_to"}
    field = page.html.select_one("#confirm_above")
    assert (field["value"], field["aria-invalid"]) == ("many", "true")
    assert "confirm_above-error" in field["aria-describedby"]
    assert (page.value("reply_to"), page.value("sender_name")) == ("nobody", "Kept")
    assert newsroom.scalars(select(SiteSetting)).all() == []


def test_two_admins_do_not_overwrite_each_other_unseen(office, newsroom, settings, app):
    other = PressOffice(app.test_client())
    other.sign_in()
    mine = office.open(PAGE)
    other.open(PAGE).press("Save settings", confirm_above="50")
    page = mine.press("Save settings", undo_seconds="5")
    assert page.status == 409
    assert "Somebody else has saved settings" in page.text
    assert "saved is now 50" in page.text
    assert page.value("undo_seconds") == "5"
    assert site.get(newsroom, settings).confirm_above == 50
    page.press("Save settings", confirm_above="50")
    found = site.get(newsroom, settings)
    assert (found.confirm_above, found.undo_seconds) == (50, 5)


def test_the_installations_settings_are_shown_and_its_secrets_are_not(office, settings):
    page = office.open(PAGE)
    rows = {row.th.code.get_text(): row.td.get_text(strip=True) for row in page.html.select("#deployed ~ * tbody tr")}
    assert rows["COMMUNIQUE_ORGANISATION"] == settings.organisation
    assert rows["COMMUNIQUE_SECRET_KEYS"] == rows["COMMUNIQUE_DATABASE_URL"] == "set"
    assert rows["COMMUNIQUE_ADDRESS_PEPPER"] == "set"
    for secret in (*settings.signing_keys, settings.address_pepper.get_secret_value(), settings.database_url):
        assert secret not in str(page.html)


def test_an_author_may_not_see_settings(office, newsroom):
    from tests.flows.roles import become

    become(newsroom, "author")
    page = office.open(PAGE)
    assert page.status == 403
    assert "Your role is Author" in page.text
    assert "Only Admin may change settings and topics." in page.text
