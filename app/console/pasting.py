"""Text that is pasted into the editor with its formatting becomes Markdown. Asked by `editor.js`."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.console.door import console
from app.errors import Invalid
from app.permissions import Permission
from app.services import pasting
from app.web.access import access


@console.post("/statements/paste/markdown")
@access("staff", Permission.WRITE)
def clean_pasted() -> ResponseReturnValue:
    """The Markdown of copied HTML, which comes as a field or, because it can be large, as a file."""
    file = request.files.get("html")
    html = file.read().decode("utf-8", "replace") if file else request.form.get("html", "")
    try:
        pasted = pasting.to_markdown(html)
    except Invalid as refused:
        return jsonify(refused=[problem.message for problem in refused.problems]), 422
    return jsonify(markdown=pasted.markdown, notes=pasted.notes)
