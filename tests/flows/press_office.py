"""A press officer at a browser without scripts: opens pages, fills in the form that is there, presses a button."""

from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import session as cookie
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.console import entering
from app.console.door import KEY
from app.models import StaffMember

ADDRESS, PASSWORD, NAME = "ines@opendoors.example", "a password that is long enough", "Inés Falk"


@dataclass
class Page:
    """What the browser shows."""

    client: FlaskClient
    response: TestResponse

    @cached_property
    def html(self) -> BeautifulSoup:
        return BeautifulSoup(self.response.text, "lxml")

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.request.path

    @property
    def title(self) -> str:
        return self.html.title.get_text(strip=True) if self.html.title else ""

    @property
    def text(self) -> str:
        return " ".join(self.html.get_text(" ").split())

    @property
    def buttons(self) -> list[str]:
        return [button.get_text(strip=True) for button in self.html.select("main button")]

    def value(self, name: str) -> str:
        """What stands in a field."""
        element = self.html.select_one(f'main [name="{name}"]')
        assert element is not None, name
        if element.name == "textarea":
            return element.get_text().removeprefix("\n")
        if element.name == "select":
            return _chosen(element)
        return str(element.get("value", ""))

    def link(self, words: str) -> str:
        """Where a link leads."""
        return next(str(a["href"]) for a in self.html.find_all("a") if words in a.get_text())

    def press(self, words: str, **typed: Any) -> "Page":
        """Fill in the form that has this button, and press it."""
        button = next(b for b in self.html.find_all("button") if words in b.get_text())
        form = self.html.select_one(f"form#{button['form']}") if button.get("form") else button.find_parent("form")
        pressed = {str(button["name"]): str(button.get("value", ""))} if button.get("name") else {}
        target = str(button.get("formaction") or form["action"])
        response = self.client.post(target, data=_values(form) | pressed | typed, follow_redirects=True)
        return Page(self.client, response)


def _values(form: Tag) -> dict[str, Any]:
    """What a browser would send of a form that nobody touched."""
    values: dict[str, Any] = {}
    for element in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(element["name"]), element.get("type", "")
        if element.name == "textarea":
            values[name] = element.get_text().removeprefix("\n")
        elif element.name == "select":
            values[name] = _chosen(element)
        elif kind == "radio":
            if element.has_attr("checked"):
                values[name] = str(element["value"])
        elif kind == "checkbox":
            if element.has_attr("checked"):
                values.setdefault(name, []).append(str(element["value"]))
        elif kind != "file":
            values[name] = str(element.get("value", ""))
    return values


def _chosen(select: Tag) -> str:
    """What a list of choices says: the marked one, else its first."""
    option = select.select_one("option[selected]") or select.select_one("option")
    return str(option["value"]) if option else ""


class PressOffice:
    """One member of staff with a browser of their own."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, path: str) -> Page:
        return Page(self.client, self.client.get(path, follow_redirects=True))

    def sign_in(self, address: str = ADDRESS, password: str = PASSWORD, at: str = "/console/sign-in") -> Page:
        return self.open(at).press("Sign in", email=address, password=password)

    def come_in(self, member: StaffMember) -> None:
        """Be somebody who signed in a moment ago: what is left of that is there, the form and its pages are not."""
        with self.client.application.test_request_context(environ_base=self.client.environ_base):
            entering.enter(member, "", "password")
            key = cookie[KEY]
        with self.client.session_transaction() as own:
            own[KEY] = key

    def write(self, **changes: Any) -> Page:
        return self.open("/console/statements/new").press("Save", **(STATEMENT | changes))


STATEMENT: dict[str, Any] = {
    "title": "Every door should open for everybody",
    "standfirst": "Open Doors International asks the city to build ramps at all forty public libraries.",
    "issued_on": "2026-11-24",
    "body": "Forty libraries stand in our city. **Nine** have a ramp.\n\n## What we ask for\n\n- ramps\n- by 2028",
    "signatory_name": "Amara Okoye",
    "signatory_role": "Director",
    "contact_name": "Jonas Weber",
    "contact_role": "Press officer",
    "contact_email": "press@opendoors.example",
    "contact_phone": "+44 20 7946 0000",
    "topics": ["1"],
}


def upload(content: bytes, name: str) -> tuple[BytesIO, str]:
    """A file as the test client sends it."""
    return BytesIO(content), name
