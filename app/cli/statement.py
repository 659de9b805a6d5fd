"""`communique statement`: statements from files, and publishing them."""

from pathlib import Path

import click

from app.cli.context import pass_settings
from app.cli.transaction import transaction
from app.clock import utc_now
from app.errors import Invalid, Problem
from app.links import Links
from app.services import statements
from app.services.statement_import import import_statement
from app.services.statement_reader import read_statement
from app.settings import Settings


@click.group()
def statement() -> None:
    """Statements from files, and publishing them."""


@statement.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--publish", is_flag=True, help="Show it to the public at once.")
@pass_settings
def import_(settings: Settings, file: Path, publish: bool) -> None:
    """Make a draft from FILE: Markdown with front matter, HTML or plain text."""
    content = _content(file)
    with transaction(settings) as session:
        made, notes = import_statement(
            session, settings, content, file.name, today=utc_now().date(), image=_image(file, content)
        )
        if publish:
            statements.publish(session, made, utc_now())
        links = Links.from_settings(settings)
        found = {"title": made.title, "date": made.issued_on, "signatory": made.signatory_name}
        found["media contact"] = made.contact_name
        for name, value in found.items():
            click.echo(f"{name + ':':15}{value or '–'}")
        for note in notes:
            click.echo(f"Note: {note}")
        address = links.statement(made.slug) if publish else links.edit_statement(made.id)
        click.echo(f"{'Published' if publish else 'Draft'} “{made.slug}”: {address}")


@statement.command()
@click.argument("slug")
@pass_settings
def publish(settings: Settings, slug: str) -> None:
    """Show the statement called SLUG to the public."""
    with transaction(settings) as session:
        made = statements.by_slug(session, slug)
        statements.publish(session, made, utc_now())
    click.echo(f"Published: {Links.from_settings(settings).statement(slug)}")


@statement.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Show all statements, last changed first."""
    with transaction(settings) as session:
        for made in statements.newest(session):
            click.echo(f"{made.issued_on}  {made.state.value:10} {made.slug}  {made.title}")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(Problem(f"{file} can't be read: {error.strerror}.", field="file")) from error


def _image(file: Path, content: bytes) -> bytes | None:
    """The picture that the file names, looked for beside it and nowhere else."""
    named = read_statement(content, file.name).image_file
    picture = file.parent / Path(named).name if named else None
    return picture.read_bytes() if picture is not None and picture.is_file() else None
