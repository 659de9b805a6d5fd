"""A chart as an answer of its own: for an `<img>`, in light or dark, wide or narrow."""

from datetime import date

from flask import Response, request

from app.services import charts
from app.services.charts import Look


def asked_look() -> Look:
    """What the address asks for: `?look=dark`, else light."""
    return charts.DARK if request.args.get("look") == "dark" else charts.LIGHT


def asked_size() -> tuple[int, int]:
    """For which screen the address asks: `?size=narrow` is for telephones."""
    return charts.NARROW if request.args.get("size") == "narrow" else charts.WIDE


def svg_answer(content: bytes) -> Response:
    """An SVG; the console's policy holds for it as well, and nothing in it needs more."""
    return Response(content, mimetype="image/svg+xml")


def short_day(day: date) -> str:
    """What stands under a bar."""
    return f"{day.day} {day:%b}"
