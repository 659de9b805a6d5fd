"""A chart as an answer of its own: for an `<img>`, in light or dark."""

from flask import Response, request

from app.services import charts
from app.services.charts import Look


def asked_look() -> Look:
    """What the address asks for: `?look=dark`, else light."""
    return charts.DARK if request.args.get("look") == "dark" else charts.LIGHT


def svg_answer(content: bytes) -> Response:
    """An SVG; the console's policy holds for it as well, and nothing in it needs more."""
    return Response(content, mimetype="image/svg+xml")
