"""The command: start, play, show, stay until Ctrl-C."""

import signal
import time
from collections.abc import Callable
from types import FrameType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.cli.demo import service
from app.cli.demo.counting import Figure
from app.cli.demo.people import STAFF
from app.cli.demo.story import Story
from app.models import CampaignState
from app.services.campaigns import Progress as CampaignProgress
from app.settings import Settings

_PATIENCE = 60.0


@click.command()
@click.option("--once", is_flag=True, help="End after the table; the exit code is 0 only if every figure is right.")
def demo(once: bool) -> None:
    """See it work: a statement goes to a thousand inboxes, and one reader leaves with one click."""
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, _as_interrupt)
    began = time.monotonic()
    try:
        with (
            console.status("Starting PostgreSQL, Valkey, web server, workers and inbox …") as status,
            service.running() as settings,
        ):
            status.stop()
            story = Story(settings, say=lambda words: console.print(f"[green]✓[/] {words}"), watch=_watcher(console))
            figures = story.play()
            console.print(_table(figures))
            console.print(f"Took {time.monotonic() - began:.0f} s.")
            if not all(figure.is_right for figure in figures):
                raise click.ClickException("Not every figure is right.")
            if not once:
                _stay(console, settings, story.password)
    except KeyboardInterrupt:
        console.print("Stopped; nothing is left running.")


def _watcher(console: Console) -> Callable[[str, Callable[[], CampaignProgress]], None]:
    def watch(subject: str, look: Callable[[], CampaignProgress]) -> None:
        columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        deadline = time.monotonic() + _PATIENCE
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(subject, total=None)
            while (seen := look()).state is not CampaignState.SENT and time.monotonic() < deadline:
                bar.update(task, completed=seen.done, total=seen.total or None)
                time.sleep(0.1)
            bar.update(task, completed=seen.done, total=seen.total)

    return watch


def _table(figures: list[Figure]) -> Table:
    table = Table(title="Counted in the inbox", title_justify="left")
    table.add_column("what")
    table.add_column("expected", justify="right")
    table.add_column("counted", justify="right")
    table.add_column("")
    for figure in figures:
        mark = "[green]right[/]" if figure.is_right else "[red]wrong[/]"
        table.add_row(figure.what, f"{figure.expected:,}", f"{figure.counted:,}", mark)
    return table


def _stay(console: Console, settings: Settings, password: str) -> None:
    base = settings.public_url
    console.print(
        f"""
Public pages   {base}/
Console        {base}/console   sign in as {STAFF} with {password}
Inbox          {base}/dev/inbox
Other commands COMMUNIQUE_SETTINGS_FILE={service.settings_file(settings)} .venv/bin/communique campaign status

Ctrl-C stops everything.""",
        soft_wrap=True,
    )
    while True:
        time.sleep(3600)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
