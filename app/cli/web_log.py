"""The web server's logs, without the tokens of our links."""

import logging
import re

from gunicorn.config import Config
from gunicorn.glogging import Logger

_TOKEN = re.compile(r"(/(?:[ucpn]|console/link)/)[^\s\"'?#/]+")
_SOUGHT = re.compile(r"([?&](?:q|who|words)=)[^\s\"'&#]+")


def masked(text: str) -> str:
    """The text with the part after /u/, /c/, /p/, /n/ and /console/link/ hidden, and what was searched for.

    No reader of a log can act by it, or learn from it whom staff looked for.
    """
    return _SOUGHT.sub(r"\1***", _TOKEN.sub(r"\1***", text))


class _Mask(logging.Filter):
    """Masks a record's finished message, whether it came from the access log or from an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        return True


class MaskingLogger(Logger):
    """gunicorn's logger, which masks what both of its logs write."""

    def setup(self, cfg: Config) -> None:
        """Set the logs up as gunicorn does, and put the mask before them."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.addFilter(_Mask())
