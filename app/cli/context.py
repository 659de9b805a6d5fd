"""The settings of a command: read once, when it is called."""

import functools
import os
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import click

from app.embedded import with_urls
from app.errors import Invalid, Problem
from app.settings import Settings
from app.settings_loading import DEFAULT_FILE, FILE_VARIABLE, load_settings

P = ParamSpec("P")
R = TypeVar("R")

NO_FILE = Problem(
    f"There is no {DEFAULT_FILE} in this folder. Copy .env.example to {DEFAULT_FILE} and fill it in; "
    "or see it work first, with made-up settings: communique demo"
)


def read_settings() -> Settings:
    """The settings as written, or those a test handed to the command.

    Raises Invalid with each problem, and with a hint where no file of settings exists at all.
    """
    given = click.get_current_context().find_object(Settings)
    if given is not None:
        return given
    try:
        return load_settings()
    except Invalid as error:
        if FILE_VARIABLE in os.environ or DEFAULT_FILE.exists():
            raise
        raise Invalid(*error.problems, NO_FILE) from None


def pass_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Hand the settings to a command as its first argument, with addresses of the embedded servers filled in."""

    @functools.wraps(command)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return command(with_urls(read_settings()), *args, **kwargs)

    return call
