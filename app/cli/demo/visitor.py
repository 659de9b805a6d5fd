"""What people do from outside: fill in the form, open links, press buttons. Only HTTP, and only what pages offer."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TypeVar

from lxml import html as parser

from app.devinbox.store import Entry, Inbox
from app.errors import Conflict

T = TypeVar("T")


class Visitor:
    """A browser without cookies and without JavaScript, and a look into the inbox."""

    def __init__(self, base: str, inbox: Inbox) -> None:
        self._base = base
        self._inbox = inbox

    def get(self, url: str) -> str:
        """Open a page; Conflict if it is an error."""
        return self._send(urllib.request.Request(url))  # noqa: S310

    def post(self, url: str, fields: Sequence[tuple[str, str]]) -> str:
        """Send a form; Conflict if the answer is an error."""
        body = urllib.parse.urlencode(fields).encode()
        return self._send(urllib.request.Request(url, data=body, method="POST"))  # noqa: S310

    def sign_up(self, address: str, topic: str) -> None:
        """Fill in the sign-up form: type the address, tick the topic of this name, leave the rest as it comes."""
        url = f"{self._base}/subscribe"
        form = _form(self.get(url), with_field="email")
        form.fields["email"] = address
        _checkbox(form, topic).checked = True
        self.post(urllib.parse.urljoin(url, form.action or ""), _filled_in(form))

    def press_button(self, url: str) -> str:
        """Open a page and press its first button that posts."""
        form = _form(self.get(url))
        pressed = [(str(button.get("name")), button.get("value", "")) for button in form.xpath(".//button[@name]")[:1]]
        return self.post(urllib.parse.urljoin(url, form.action or ""), [*_filled_in(form), *pressed])

    def one_click(self, url: str) -> int:
        """Do what a mailbox provider does with List-Unsubscribe (RFC 8058 section 3.2); gives the status."""
        request = urllib.request.Request(url, data=b"List-Unsubscribe=One-Click", method="POST")  # noqa: S310
        with urllib.request.build_opener(_NoRedirects()).open(request, timeout=10) as answer:
            return int(answer.status)

    def mail_to(self, address: str, number: int = 1) -> EmailMessage:
        """The newest mail to an address, once `number` of them have come."""
        found = wait_for(lambda: self._found(address, number), f"mail to {address}")
        parsed = BytesParser(policy=policy.default).parsebytes(self._inbox.get(found.id).raw)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def _found(self, address: str, number: int) -> Entry | None:
        entries = [entry for entry in self._inbox.all() if address in entry.recipients]
        return entries[-1] if len(entries) >= number else None

    def _send(self, request: urllib.request.Request) -> str:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise Conflict(f"{request.get_method()} {request.full_url} was answered with {error.code}.") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """RFC 8058 section 3.1: a one-click answer must not be a redirect, so following one would hide a fault."""


def _form(page: str, with_field: str | None = None) -> parser.FormElement:
    for form in parser.fromstring(page).forms:
        if form.method.upper() == "POST" and (with_field is None or with_field in form.fields):
            return form
    raise Conflict("The page has no such form.")


def _checkbox(form: parser.FormElement, words: str) -> parser.InputElement:
    """The box beside these words, which is how a person finds it; Conflict if the form has none."""
    for box in form.xpath(".//input[@type='checkbox']"):
        name = form.get_element_by_id(box.get("aria-labelledby"))
        if name.text_content().strip() == words:
            assert isinstance(box, parser.InputElement)
            return box
    raise Conflict(f"The form offers no box “{words}”.")


def _filled_in(form: parser.FormElement) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.form_values() if isinstance(value, str)]


def wait_for(look: Callable[[], T | None], what: str, seconds: float = 20.0) -> T:
    """Look again and again until there is something; Conflict if it doesn't come."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Conflict(f"Waited {seconds:.0f} s for {what}, in vain.")
        time.sleep(0.05)
    return found
