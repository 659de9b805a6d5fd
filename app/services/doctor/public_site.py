"""The service as readers and mailbox providers reach it, through whatever stands before it."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from app.links import NOBODY, Links
from app.services.doctor.diagnosis import Diagnosis, fail, ok
from app.settings import Settings

SECONDS = 5.0
_ONE_CLICK = "List-Unsubscribe=One-Click"
_FORM = "application/x-www-form-urlencoded"


def examine(
    settings: Settings, *, context: ssl.SSLContext | None = None, seconds: float = SECONDS
) -> Iterator[Diagnosis]:
    """The public address answers, and one-click unsubscribing works there: POST, 200, no redirect. Never raises.

    The unsubscribing is that of nobody, as in test mails; nothing is changed by it (RFC 8058 section 3.1).
    """
    links = Links.from_settings(settings)
    try:
        status, _ = _ask(settings.public_url, "GET", "/health", context, seconds)
        clicked, target = _ask(
            settings.public_url, "POST", urlsplit(links.unsubscribe(NOBODY, NOBODY)).path, context, seconds
        )
    except (OSError, http.client.HTTPException) as error:
        words = f"{settings.public_url} doesn't answer: {_why(error)}."
        mend = "Readers can't confirm or leave. See to DNS, the reverse proxy and its certificate."
        yield fail("Public address", words, mend, "site-away")
        return
    if status == HTTPStatus.OK:
        yield ok("Public address", f"{settings.public_url} answers.")
    else:
        words = f"{settings.public_url}/health answers {status}."
        yield fail("Public address", words, "See to the reverse proxy, and to the web server behind it.", "site-ill")
    yield _one_click(clicked, target)


def _one_click(status: int, target: str) -> Diagnosis:
    part = "One-click unsubscribing"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        words = f"A POST is redirected to {target}; mailbox providers don't follow that (RFC 8058)."
        return fail(part, words, "Take the redirect out of the reverse proxy for /u/.", "one-click")
    if status != HTTPStatus.OK:
        words = f"A POST is answered with {status}."
        return fail(
            part, words, "Let POST to /u/ through the reverse proxy, without cookies or challenges.", "one-click"
        )
    return ok(part, "A POST is answered with 200, without a redirect.")


def _ask(base: str, method: str, path: str, context: ssl.SSLContext | None, seconds: float) -> tuple[int, str]:
    url = urlsplit(base)
    host, port = url.hostname or "", url.port
    if url.scheme == "https":
        secure = context or ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=seconds, context=secure
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        body = _ONE_CLICK if method == "POST" else None
        connection.request(method, path, body, {"Content-Type": _FORM} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or ""
    finally:
        connection.close()


def _why(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate isn't valid ({error.verify_message})"
        case socket.gaierror():
            return "there is no such host"
        case TimeoutError():
            return "not in time"
        case OSError():
            return (error.strerror or str(error)).lower()
        case _:
            return "not in HTTP"
