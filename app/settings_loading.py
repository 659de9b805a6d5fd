"""Reading the settings from the environment and a file, together, so that every slip is told at once."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError

from app.errors import Invalid, Problem
from app.settings import PREFIX, Settings, variable

FILE_VARIABLE = "COMMUNIQUE_SETTINGS_FILE"
DEFAULT_FILE = Path("communique.env")


def load_settings(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Read file and environment and check them together.

    Raises Invalid with one problem per wrong, missing or unknown variable, each saying what to do.
    """
    environ = os.environ if environ is None else environ
    file = file or Path(environ.get(FILE_VARIABLE) or DEFAULT_FILE)
    if environ.get(FILE_VARIABLE) and not file.is_file():
        raise Invalid(Problem(f"there is no file {file}", FILE_VARIABLE))
    from_file = {k: v or "" for k, v in dotenv_values(file).items()} if file.is_file() else {}
    given = {k: v for k, v in {**from_file, **environ}.items() if k.startswith(PREFIX) and k != FILE_VARIABLE}
    known = {variable(name): name for name in Settings.model_fields}
    problems = [_unknown(name, known) for name in sorted(given.keys() - known)]
    chosen: dict[str, Any] = {known[name]: value for name, value in given.items() if name in known and value != ""}
    try:
        settings = Settings.model_validate(chosen)
    except ValidationError as error:
        problems += [_problem(dict(detail)) for detail in error.errors()]
    if problems:
        raise Invalid(*problems)
    return settings


def _unknown(name: str, known: Iterable[str]) -> Problem:
    """Point to the setting that was probably meant; the prefix, which all share, doesn't count as likeness."""
    candidates = [variable.removeprefix(PREFIX) for variable in (*known, FILE_VARIABLE)]
    near = get_close_matches(name.removeprefix(PREFIX).upper(), candidates, n=1)
    hint = f"Did you mean {PREFIX}{near[0]}? " if near else ""
    return Problem(f"is not a setting. {hint}.env.example lists all settings", name)


def _problem(detail: dict[str, Any]) -> Problem:
    """Pydantic's finding as a sentence that names the variable."""
    field = str(detail["loc"][0]) if detail["loc"] else ""
    if detail["type"] == "missing" or detail["type"] == "string_too_short":
        help_text = Settings.model_fields[field].description
        return Problem(f"is missing. Set it in the environment or in {DEFAULT_FILE}: {help_text}", variable(field))
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Problem(message, variable(field) if field else None)
