"""`communique subscribers import`: a list from elsewhere, tried first, then applied; and taken back."""

from pathlib import Path

import click

from app.cli.acting import note
from app.cli.context import pass_settings
from app.cli.subscribers.working import tell, work
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Invalid, Problem
from app.models import ImportReader, ImportState, SubscriberImport
from app.services import topics
from app.services.audit import Thing
from app.services.imports import beginning, course, looking
from app.services.imports.beginning import Plan
from app.settings import Settings


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--reader",
    type=click.Choice([reader.value for reader in ImportReader]),
    default="csv",
    help="What wrote FILE.  [csv]",
)
@click.option("--source", required=True, help="Where the list comes from: “our list at Mailchimp”.")
@click.option("--date", "day", required=True, help="Since when these people agreed: 2024-05-31.")
@click.option("--basis", required=True, help="How they agreed: “ticked the box on our website”.")
@click.option("--topic", "slugs", multiple=True, help="What they get, as `topic list` calls it; may be given again.")
@click.option("--language", default="", help="Their language, where FILE says none.  [the first of LANGUAGES]")
@click.option("--apply", "is_applied", is_flag=True, help="Add them at once; without it you only see what would be.")
@pass_settings
def import_(
    settings: Settings, /, file: Path, slugs: tuple[str, ...], *, is_applied: bool, day: str, **said: str
) -> None:
    """Read FILE and show who would be added, who is here already, and who is refused for what reason.

    Nobody is added without --apply, and nobody is written to. Who unsubscribed, complained or was erased stays out.
    """
    with transaction(settings) as session:
        found = [topics.get(session, slug) for slug in slugs]
        plan = Plan.typed({**said, "date": day}, found, settings=settings, today=utc_now().date())
        try:
            with file.open("rb") as stream:
                made = beginning.begin(session, plan, stream, file.name)
        except OSError as error:
            raise Invalid(Problem(f"{file} can't be read: {error.strerror}.", field="file")) from error
        note(session, "import.begin", _thing(made), source=made.source, reader=made.reader.value)
    made = work(settings, made.id, "Reading")
    tell(settings, made)
    if made.state is ImportState.FAILED:
        click.get_current_context().exit(1)
    if is_applied and made.added:
        _apply(settings, made.id)
    elif made.added:
        click.echo(f"Nobody was added yet. To add them: communique subscribers apply {made.id}")
    else:
        click.echo("Nobody would be added.")


@click.command()
@click.argument("import_id", metavar="ID", type=int)
@pass_settings
def apply(settings: Settings, import_id: int) -> None:
    """Add the people of an import that was read."""
    _apply(settings, import_id)


@click.command()
@click.argument("import_id", metavar="ID", type=int)
@pass_settings
def undo(settings: Settings, import_id: int) -> None:
    """Take back what an import added, and nothing that people have done since."""
    with transaction(settings) as session:
        made = course.undo(session, import_id)
        note(session, "import.undo", _thing(made))
    made = work(settings, import_id, "Taking back")
    click.echo(f"Taken back: {made.taken_back:,} of the {made.applied:,} people that it added.")


@click.command()
@click.argument("import_id", metavar="ID", type=int)
@pass_settings
def discard(settings: Settings, import_id: int) -> None:
    """Put an import aside that was not applied, and forget who stands in it."""
    with transaction(settings) as session:
        made = course.discard(session, import_id)
        note(session, "import.discard", _thing(made))
    click.echo("Put aside. Nothing of the file is kept.")


@click.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Show the last imports with their numbers, newest first."""
    with transaction(settings) as session:
        found = looking.newest(session)
        for made in found:
            counts = f"{made.added:,} added, {made.unchanged:,} unchanged, {made.refused:,} refused"
            click.echo(f"{made.id:>5}  {made.created_at:%Y-%m-%d}  {made.state:10} {made.source}: {counts}")
    if not found:
        click.echo("Nothing was imported yet.")


def _apply(settings: Settings, import_id: int) -> None:
    with transaction(settings) as session:
        made = course.apply(session, import_id)
        note(session, "import.apply", _thing(made), people=made.added)
    made = work(settings, import_id, "Adding")
    click.echo(f"Added: {made.applied:,} people. To take it back: communique subscribers undo {import_id}")


def _thing(made: SubscriberImport) -> Thing:
    return Thing("import", str(made.id), made.name)
