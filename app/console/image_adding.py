"""Pictures within a text: uploaded, described, and given back as what stands for them in it."""

from typing import Any

from flask import Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.door import console
from app.db import db
from app.errors import Invalid, Problem
from app.permissions import Permission
from app.services import images
from app.services.statement_texts import LIMITS
from app.web.access import access
from app.web.installation import installation


@console.get("/images/new")
@access("staff", Permission.WRITE)
def add_image() -> ResponseReturnValue:
    """The form for a picture."""
    return _page()


@console.post("/images/new")
@access("staff", Permission.WRITE)
def keep_image() -> ResponseReturnValue:
    """Keep a picture; what stands for it is shown to be copied, or given to the editor, which puts it into the text."""
    problems = _problems()
    if not problems:
        try:
            image = images.add(db.session(), request.files["picture"].read())
        except Invalid as refused:
            problems = [Problem(problem.message, field="picture") for problem in refused.problems]
    if problems:
        return _answer({"refused": [problem.message for problem in problems]}, problems)
    db.session.commit()
    alt = "" if request.form.get("picture_is") == "decorative" else request.form.get("picture_alt", "")
    markup = images.markup(image, installation().links.image(str(image.id)), alt)
    return _answer({"markup": markup}, (), markup)


def _problems() -> list[Problem]:
    """A picture has to be chosen, and described or called decoration (WCAG 1.1.1)."""
    problems = []
    file = request.files.get("picture")
    if file is None or not file.filename:
        problems.append(Problem(_("Choose an image first."), field="picture"))
    described = bool(request.form.get("picture_alt", "").strip())
    if request.form.get("picture_is") != "decorative" and not described:
        words = _("Describe what the image shows, or choose that it is only decoration.")
        problems.append(Problem(words, field="picture_alt"))
    if len(request.form.get("picture_alt", "")) > LIMITS["image_alt"]:
        words = _("Describe it in %(limit)d characters at most.", limit=LIMITS["image_alt"])
        problems.append(Problem(words, field="picture_alt"))
    return problems


def _answer(told: dict[str, Any], problems: "list[Problem] | tuple[()]", markup: str = "") -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(told), 422 if problems else 200
    return _page(problems, markup)


def _page(problems: "list[Problem] | tuple[()]" = (), markup: str = "") -> Response:
    page = render_template("console/image.html", problems=problems, markup=markup, typed=request.form)
    return make_response(page, 400 if problems else 200)
