"""`communique …`: each command calls one service. A command is imported when it is called, so that each starts fast."""

import importlib
import importlib.util
import sys
from typing import Any

import click

from app.errors import CommuniqueError, Invalid

COMMANDS = {
    "up": "app.cli.up:up",
    "demo": "app.cli.demo:demo",
    "migrate": "app.cli.migrate:migrate",
    "staff": "app.cli.staff:staff",
    "topic": "app.cli.topic:topic",
    "subscribers": "app.cli.subscribers:subscribers",
    "statement": "app.cli.statement:statement",
    "campaign": "app.cli.campaign:campaign",
    "provider": "app.cli.provider:provider",
    "report": "app.cli.report:report",
    "instance": "app.cli.instance:group",
    "audit": "app.cli.audit:audit",
    "settings": "app.cli.settings:settings",
    "run": "app.cli.run:run",
    "intake": "app.cli.intake:intake",
    "doctor": "app.cli.doctor:doctor",
    "health": "app.cli.health:health",
}
# They need the optional dependencies `local`, which an installation in containers leaves out.
ON_ONE_MACHINE = {"up", "demo"}


class Commands(click.Group):
    """Finds a command by the table above, and turns our errors into sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which somebody new needs them; without those that were not installed."""
        has_supervisor = importlib.util.find_spec("supervisor") is not None
        return [name for name in COMMANDS if has_supervisor or name not in ON_ONE_MACHINE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that is asked for."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whoever calls it reads a sentence, not a traceback, and the exit code is 1."""
        try:
            return super().invoke(ctx)
        except Invalid as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
        except CommuniqueError as error:
            click.echo(str(error), err=True)
        except Exception as error:
            if not _is_database_away(error):
                raise
            click.echo(f"The database does not answer: {error}", err=True)
        return ctx.exit(1)


def _is_database_away(error: Exception) -> bool:
    """Asks only libraries that were imported: most commands start faster without SQLAlchemy."""
    names = (("sqlalchemy.exc", "OperationalError"), ("psycopg", "OperationalError"))
    return any(isinstance(error, getattr(sys.modules.get(module), name, ())) for module, name in names)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="communique")
def main() -> None:
    """Write statements, send them to everyone who asked, and let people leave with one click."""
