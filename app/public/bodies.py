"""How much readers may send: a form of a few fields is never long."""

from flask import request

LONGEST_FORM = 64_000


def only_short_ones() -> None:
    """Refuse long bodies, which would be read whole and echoed (413 is raised where the form is read)."""
    request.max_content_length = LONGEST_FORM
