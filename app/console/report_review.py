"""Reports that nobody could place: the list for staff, one report with its raw text, and the button that files it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.console.acting import note
from app.console.bounce_words import kind_words, source_words
from app.console.door import SEE_OTHER, console, staff
from app.db import db
from app.models import RawReport, ReportState
from app.permissions import Permission
from app.services import mailroom
from app.services.audit import Thing
from app.web.access import access
from app.web.installation import installation

_SHOWN = 200_000


@console.get("/reports")
@access("staff", Permission.SEE_PEOPLE)
def list_reports() -> ResponseReturnValue:
    """Those that wait for a person, newest first."""
    page = mailroom.for_review(db.session(), before=request.args.get("before", type=int))
    return render_template(
        "console/reports.html",
        page=page,
        waiting=mailroom.number_for_review(db.session()),
        is_later=bool(request.args.get("before")),
        source_words=source_words,
    )


@console.get("/reports/<int:report_id>")
@access("staff", Permission.SEE_PEOPLE)
def show_report(report_id: int) -> ResponseReturnValue:
    """One report: what was made of it, and every octet of it as text; nothing in it is rendered or followed."""
    report = mailroom.find(db.session(), report_id)
    return render_template(
        "console/report.html",
        report=report,
        text=_as_text(report),
        is_cut=report.octets > len(report.content) or len(report.content) > _SHOWN,
        is_waiting=report.state is ReportState.REVIEW,
        said=mailroom.said_in(db.session(), report_id),
        kind_words=kind_words,
        source_words=source_words,
    )


@console.post("/reports/<int:report_id>/dismiss")
@access("staff", Permission.SEND)
def dismiss_report(report_id: int) -> ResponseReturnValue:
    """Somebody has looked at it, and nothing follows."""
    mailroom.dismiss(db.session(), report_id, now=installation().now(), by=staff().id)
    note("report.dismiss", Thing("report", str(report_id), f"report {report_id}"))
    db.session.commit()
    flash(_("The report is filed away."))
    return redirect(url_for("console.list_reports"), SEE_OTHER)


def _as_text(report: RawReport) -> str:
    """The raw octets for a page: what is no UTF-8, and what steers a terminal, stands as a sign for it."""
    text = report.content[:_SHOWN].decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)
