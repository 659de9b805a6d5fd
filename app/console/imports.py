"""Imports as staff watch them: the list, one import with its dry run and progress, the refused lines as a file."""

from collections.abc import Iterator
from typing import Any

from flask import jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.console.door import LARGEST_ID, console
from app.console.download import csv_answer, demand_export
from app.console.import_words import done_words, import_words, verdict_words
from app.db import db
from app.models import ImportState, ImportVerdict, SubscriberImport
from app.models.import_states import IMPORT, ImportEvent
from app.permissions import Permission
from app.services import topics
from app.services.audit import Thing
from app.services.imports import course, looking
from app.web.access import access


@console.get("/subscribers/imports")
@access("staff", Permission.CHANGE_PEOPLE)
def list_imports() -> ResponseReturnValue:
    """The last imports, newest first."""
    return render_template("console/subscriber_imports.html", imports=looking.newest(db.session()))


@console.get("/subscribers/imports/<int:import_id>")
@access("staff", Permission.CHANGE_PEOPLE)
def show_import(import_id: int) -> ResponseReturnValue:
    """What the dry run found, how far applying is, and what can be done now."""
    session = db.session()
    made = course.get(session, import_id)
    after = min(max(request.args.get("after", 0, type=int), 0), LARGEST_ID)
    refused = looking.refused(session, made, after=after)
    page = render_template(
        "console/subscriber_import.html",
        made=made,
        topics=[topic for topic in topics.every(session) if topic.id in made.topic_ids],
        percent=looking.percent(made),
        done=done_words(made),
        is_working=made.state in course.WORKING,
        counts=_counts(made),
        samples=looking.samples(session, made, ImportVerdict.ADDED) if made.state is ImportState.READY else [],
        reasons=looking.reasons(session, made),
        refused=refused[: looking.SHOWN],
        more_after=refused[looking.SHOWN - 1].line if len(refused) > looking.SHOWN else None,
        is_first_page=not after,
        allowed={event.value: IMPORT.allows(made.state, event) for event in ImportEvent},
        still=" ".join(course.WORKING),
    )
    return make_response(page)


@console.get("/subscribers/imports/<int:import_id>/progress")
@access("staff", Permission.CHANGE_PEOPLE)
def show_import_progress(import_id: int) -> ResponseReturnValue:
    """The same figures for the script that keeps the page fresh."""
    made = course.get(db.session(), import_id)
    return jsonify(
        state=made.state.value,
        state_words=import_words(made.state)[0],
        total=1,
        percent=looking.percent(made),
        words=done_words(made),
        trouble="",
        held="",
        numbers={row["verdict"]: row["number"] for row in _counts(made)},
    )


@console.post("/subscribers/imports/<int:import_id>/refused.csv")
@access("staff", Permission.EXPORT)
def export_refused(import_id: int) -> ResponseReturnValue:
    """All refused lines with their reasons, as CSV."""
    made = course.get(db.session(), import_id)
    refused = demand_export("import.export", thing_of(made))
    if refused is not None:
        return refused
    return csv_answer(f"import-{import_id}-refused.csv", ["line", "address", "reason"], _lines(import_id))


def thing_of(made: SubscriberImport) -> Thing:
    """An import, for the audit log."""
    return Thing("import", str(made.id), made.name)


def _lines(import_id: int) -> Iterator[tuple[object, ...]]:
    session = db.session()
    for row in looking.everything_refused(session, course.get(session, import_id)):
        yield row.line, row.address, row.reason


def _counts(made: SubscriberImport) -> list[dict[str, Any]]:
    rows = []
    for verdict in ImportVerdict:
        label, help_text = verdict_words(made.state, verdict)
        number = f"{getattr(made, verdict):,}"
        rows.append({"verdict": verdict.value, "label": label, "help": help_text, "number": number})
    return rows
