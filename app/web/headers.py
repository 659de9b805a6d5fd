"""Security headers of every answer (ASVS 3.4). A view may set its own Content-Security-Policy; it is kept."""

from flask import Flask, Response, request

from app.web.installation import installation

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors {ancestors}"
)
_YEAR = 31_536_000
_KEPT = frozenset({"static", "bootstrap.static"})


def install(app: Flask) -> None:
    """Add the headers to all answers, errors included."""
    app.after_request(_add)


def policy(ancestors: str = "'none'") -> str:
    """The Content-Security-Policy; `ancestors` says who may show the page in a frame."""
    return POLICY.format(ancestors=ancestors)


def _add(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if installation().settings.is_secure:
        headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}; includeSubDomains")
    if request.endpoint not in _KEPT:
        headers.setdefault("Cache-Control", "no-store")
    return response
