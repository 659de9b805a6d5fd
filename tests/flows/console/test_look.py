"""The frame of the console: where it leads, for whom, from our own server only; and the pieces that its pages share."""

import re
from urllib.parse import urljoin

import pytest
from flask import g, render_template_string

from app.console import navigation
from app.errors import Problem
from app.models import Role, StaffMember
from app.services import access
from tests.flows.press_office import PressOffice

FOR_ADMINS = {"Staff", "Audit log", "Settings", "Topics", "Subscribers"}


def ways(page) -> list[str]:
    return [link.get_text() for link in page.html.select("#menu a")]


def current(page) -> dict[str, str]:
    return {link.get_text(): str(link["aria-current"]) for link in page.html.select("#menu [aria-current]")}


@pytest.fixture
def viewer(newsroom, app):
    access.add_staff(newsroom, "vera@opendoors.example", "Vera", "a password of a viewer", role=Role.VIEWER)
    newsroom.commit()
    office = PressOffice(app.test_client())
    office.sign_in("vera@opendoors.example", "a password of a viewer")
    return office


def test_the_navigation_leads_where_the_role_may_go(office, viewer):
    for_admin, for_viewer = ways(office.open("/console/")), ways(viewer.open("/console/"))
    assert for_admin[:3] == for_viewer[:3] == ["Overview", "Statements", "Campaigns"]
    assert not FOR_ADMINS & set(for_viewer)
    for page in (office.open(link["href"]) for link in office.open("/console/").html.select("#menu a")):
        assert page.status == 200


def test_the_navigation_marks_the_page_and_the_part_of_the_console_that_is_shown(office):
    assert current(office.open("/console/")) == {"Overview": "page"}
    assert current(office.open("/console/statements")) == {"Statements": "page"}
    assert current(office.open("/console/statements/new")) == {"Statements": "true"}
    assert current(office.open("/console/campaigns")) == {"Campaigns": "page"}


def test_nobody_sees_ways_into_the_console_before_signing_in(stranger):
    page = stranger.open("/console/")
    assert ways(page) == []
    assert page.html.select("[popovertarget]") == []


def test_a_page_takes_everything_from_our_own_server_and_a_component_is_kept_by_browsers(office):
    page = office.open("/console/")
    taken = [str(element.get("href") or element.get("src")) for element in page.html.select("link, script, img")]
    with office.client.get("/static/console.css") as sheet:
        within = re.findall(r'@import url\("([^"]+)"\)', sheet.text)
    taken += [urljoin("/static/console.css", address) for address in within]
    assert [address for address in taken if not address.startswith("/")] == []
    assert any(address.endswith("bootstrap.min.css") for address in taken)
    assert page.html.select("[style], style, script:not([src])") == []
    for address in taken:
        with office.client.get(address) as answer:
            assert answer.status_code == 200, address
            assert "no-store" not in answer.headers.get("Cache-Control", "")


def rendered(app, template: str, path: str = "/console/", **values: object) -> str:
    """What a template says that uses the shared pieces."""
    head = (
        '{% import "console/_form.html" as form with context %}{% import "console/_parts.html" as parts with context %}'
    )
    with app.test_request_context(path):
        g.staff = None
        return " ".join(render_template_string(head + template, **values).split())


def test_a_button_is_shown_to_those_who_may_press_it_and_a_misspelt_permission_is_an_error(app):
    with app.test_request_context("/console/"):
        assert not navigation.may("see")
        g.staff = StaffMember(role=Role.AUTHOR)
        assert (navigation.may("write"), navigation.may("send")) == (True, False)
        assert navigation.has_page("console.list_statements")
        assert not navigation.has_page("console.nothing_of_this_name")
        with pytest.raises(ValueError, match="sned"):
            navigation.may("sned")


def test_pages_of_a_list_keep_what_was_searched_for(app):
    said = rendered(app, "{{ parts.pager(5, 9) }}", "/console/campaigns?q=%C3%A4+%26+b&page=5&state=sent&state=paused")
    assert "?q=%C3%A4+%26+b&amp;page=6&amp;state=sent&amp;state=paused" in said
    assert re.findall(r"</span>(\d+)", said) == ["1", "4", "5", "6", "9"]
    assert 'aria-current="page"' in said
    assert rendered(app, "{{ parts.pager(1, 1) }}") == ""


def test_a_list_that_asks_for_odd_arguments_gets_its_pages_all_the_same(app):
    assert "_scheme=x&amp;_external=1&amp;page=2" in rendered(
        app, "{{ parts.pager(1, 2) }}", "/console/?_scheme=x&_external=1"
    )


def test_a_group_of_boxes_says_what_is_wrong_with_it(app):
    said = rendered(
        app,
        '{{ form.checkboxes("topics", "Topics", [(1, "One"), (2, "Two", "Second")], [2], problems, "At least one.") }}',
        problems=[Problem("Choose a topic.", field="topics")],
    )
    assert 'id="topics" class="field field--error" aria-describedby="topics-hint topics-error"' in said
    assert "Choose a topic." in said
    assert re.findall(r'value="(\d)"( checked)?', said) == [("1", ""), ("2", " checked")]


def test_a_field_with_several_mistakes_is_described_by_all_of_them(app):
    problems = [Problem("Too short.", field="slug"), Problem("Elsewhere."), Problem("No blanks.", field="slug")]
    said = rendered(app, '{{ form.field("slug", "Address", "", problems, "In small letters.") }}', problems=problems)
    described = re.search(r'aria-describedby="([^"]+)"', said)[1].split()
    assert described == ["slug-hint", "slug-error", "slug-error-2"]
    assert re.findall(r'<p [^>]*id="([^"]+)"', said) == described


def test_a_choice_keeps_what_was_chosen(app):
    said = rendered(app, '{{ form.select("role", "Role", [("a", "A"), ("b", "B")], "b") }}')
    assert '<option value="b" selected>B</option>' in said
    said = rendered(app, '{{ form.radios("role", "Role", [("a", "A"), ("b", "B")], "a") }}')
    assert re.findall(r'value="(\w)"( checked)?', said) == [("a", " checked"), ("b", "")]


def test_a_button_that_acts_carries_its_token_and_says_what_it_is_about(app):
    said = rendered(app, '{{ form.act("/x", "Pause", fields={"version": 3}, about="Ramps <for> all") }}')
    assert 'method="post"' in said
    assert 'name="csrf_token"' in said
    assert 'name="version" value="3"' in said
    assert "Ramps &lt;for&gt; all" in said
