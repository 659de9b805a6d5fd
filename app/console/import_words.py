"""What is said of imports: how far one is, which program wrote a file, what became of its lines."""

from flask_babel import gettext as _
from flask_babel import ngettext

from app.console.door import console
from app.models import ImportReader, ImportState, ImportVerdict, SubscriberImport


@console.app_template_filter()
def import_words(state: ImportState) -> tuple[str, str]:
    """An import's state, and the colour of its tag."""
    return {
        ImportState.UPLOADED: (_("Waiting to be read"), "accent"),
        ImportState.READING: (_("Being read"), "accent"),
        ImportState.READY: (_("Waiting for your decision"), "warning"),
        ImportState.APPLYING: (_("Adding people"), "accent"),
        ImportState.APPLIED: (_("Applied"), "success"),
        ImportState.UNDOING: (_("Being taken back"), "accent"),
        ImportState.UNDONE: (_("Taken back"), ""),
        ImportState.DISCARDED: (_("Put aside"), ""),
        ImportState.FAILED: (_("Could not be read"), "danger"),
    }[state]


@console.app_template_filter()
def reader_words(reader: ImportReader) -> str:
    """Which program wrote a file."""
    return str(
        {
            ImportReader.CSV: _("A table (CSV) of any program"),
            ImportReader.LISTMONK: _("listmonk, its export of subscribers"),
            ImportReader.MAILCHIMP: _("Mailchimp, one file of an audience's export"),
            ImportReader.MAILMAN: _("Mailman, its list of members"),
        }[reader]
    )


def reader_hints() -> dict[ImportReader, str]:
    """How somebody gets that file there."""
    return {
        ImportReader.CSV: _(
            "One person in each line; the first line names the columns: email, name, language, status."
        ),
        ImportReader.LISTMONK: _("Choose the list, query “confirmed” only, then Export."),
        ImportReader.MAILCHIMP: _("Unpack the archive; the files of those who unsubscribed or bounced may come, too."),
        ImportReader.MAILMAN: _(
            "What “list_members --fullnames” or “mailman members” writes, or a printed configuration."
        ),
    }


def verdict_words(state: ImportState, verdict: ImportVerdict) -> tuple[str, str]:
    """What becomes, or became, of lines, and what that means."""
    is_over = state in {ImportState.APPLYING, ImportState.APPLIED, ImportState.UNDOING, ImportState.UNDONE}
    return {
        ImportVerdict.ADDED: (
            _("Found new") if is_over else _("Would be added"),
            _("They are subscribed to the topics that were chosen."),
        ),
        ImportVerdict.UNCHANGED: (_("Here already"), _("Nothing changes for them.")),
        ImportVerdict.REFUSED: (_("Refused"), _("The list below says why, line by line.")),
    }[verdict]


def done_words(made: SubscriberImport) -> str:
    """How far it is, in a sentence."""
    lines = made.added + made.unchanged + made.refused
    return str(
        {
            ImportState.UPLOADED: _("The file is here. Reading begins in a moment."),
            ImportState.READING: _("%(number)s lines were read so far.", number=f"{lines:,}"),
            ImportState.READY: _("All %(number)s lines were read. Nobody was added yet.", number=f"{lines:,}"),
            ImportState.APPLYING: _("%(number)s people were added so far.", number=f"{made.applied:,}"),
            ImportState.APPLIED: ngettext(
                "One person was added. Nobody was written to.",
                "%(number)s people were added. Nobody was written to.",
                made.applied,
                number=f"{made.applied:,}",
            ),
            ImportState.UNDOING: _("%(number)s people were taken back so far.", number=f"{made.taken_back:,}"),
            ImportState.UNDONE: _(
                "%(number)s of %(whole)s people were taken back. Who left or chose something since is as they wished.",
                number=f"{made.taken_back:,}",
                whole=f"{made.applied:,}",
            ),
            ImportState.DISCARDED: _("Nobody was added, and nothing of the file is kept."),
            ImportState.FAILED: _("Nobody was added, and nothing of the file is kept. Mend it, then choose it again."),
        }[made.state]
    )
