"""What arrives as text, without the one character (NUL) that no database keeps and nobody types."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

NOTHING = "\0"


class Arrived(ImmutableMultiDict[str, Any]):
    """The fields of a form, or of an address after its question mark."""

    def __init__(self, fields: MultiDict[str, Any] | Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None):
        super().__init__([(_cleaned(name), _cleaned(value)) for name, value in MultiDict(fields).items(multi=True)])


class Arriving(Request):
    """A request whose fields are text that can be looked for and kept."""

    parameter_storage_class = Arrived


def install(app: Flask) -> None:
    """Drop the character from all fields; an address with it in its path leads nowhere."""
    app.request_class = Arriving

    @app.before_request
    def refuse() -> None:
        if NOTHING in request.path:
            abort(404)


def _cleaned(value: Any) -> Any:
    return value.replace(NOTHING, "") if isinstance(value, str) else value
