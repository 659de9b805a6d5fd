"""Logs: one event name and its fields a line; JSON in production, readable elsewhere."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog

from app.settings import Settings


class Forgiving:
    """The standard error stream; what can't be written there is lost, because a full disk must not stop the mail."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with suppress(OSError):
            sys.stderr.flush()


def configure(settings: Settings) -> None:
    """Set up logging for this process."""
    production = settings.environment == "production"
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    renderer = structlog.processors.JSONRenderer() if production else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if production else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Forgiving())),
        cache_logger_on_first_use=True,
    )
