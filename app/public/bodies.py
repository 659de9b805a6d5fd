"""What readers and mail programs may send: a form of a few fields, never long, whatever its type is said to be."""

from urllib.parse import parse_qs

from flask import request

LONGEST_FORM = 64_000


def only_short_ones() -> None:
    """Refuse long bodies, which would be read whole and echoed (413 is raised where the form is read)."""
    request.max_content_length = LONGEST_FORM


def field(name: str) -> str:
    """Give a field of the posted form, without blanks around it; empty if there is none.

    The body is read as a plain form where its type says something else, or nothing: what mail programs send for
    RFC 8058 arrives as text/plain too.
    """
    body = request.get_data()  # before the form, which would use the body up
    if name in request.form:
        return request.form[name].strip()
    return parse_qs(body.decode("utf-8", "replace").strip()).get(name, [""])[0].strip()
