"""`communique doctor`: whether everything is there that mail needs to arrive."""

from collections.abc import Iterable
from itertools import groupby

import click

from app.cli.context import pass_settings
from app.clock import utc_now
from app.settings import Settings

_MARKS = {"ok": "ok  ", "note": "note", "warn": "warn", "fail": "FAIL"}


@click.command()
@click.option("--quiet", is_flag=True, help="Leave out what is well.")
@pass_settings
def doctor(settings: Settings, quiet: bool) -> None:
    """Look at settings, servers, relays, DNS and the public address, and say what to mend. Changes and sends nothing.

    The exit code is 1 if anything fails.
    """
    from app.services import doctor as service  # noqa: PLC0415 - it brings DNS, SMTP and the database with it

    counts = dict.fromkeys(_MARKS, 0)
    for part, found in groupby(service.examine(settings, now=utc_now()), key=lambda diagnosis: diagnosis.part):
        shown = []
        for diagnosis in found:
            counts[diagnosis.level] += 1
            if not (quiet and diagnosis.level == "ok"):
                shown += [f"  {_MARKS[diagnosis.level]}  {diagnosis.words}"]
                shown += [f"        {diagnosis.mend}"] if diagnosis.mend else []
        _say(part, shown)
    click.echo(_summary(counts))
    if counts["fail"]:
        click.get_current_context().exit(1)


def _say(part: str, lines: Iterable[str]) -> None:
    text = "\n".join(lines)
    if text:
        click.echo(f"{part}\n{text}")


def _summary(counts: dict[str, int]) -> str:
    if counts["fail"]:
        number = counts["fail"]
        return f"\n{number} thing{'s' if number > 1 else ''} will keep mail from arriving. Mend what is marked FAIL."
    if counts["warn"]:
        return "\nMail can be sent. What is marked warn should be put right."
    return "\nMail can be sent."
