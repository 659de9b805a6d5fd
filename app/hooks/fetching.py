"""Asking Amazon by https: briefly, no redirect followed, no more read than a certificate or an answer can be long.

Only addresses whose host is pinned come here; that the host is who it says, its own certificate proves (ASVS 1.3.6).
"""

import http.client
import ssl
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from app.errors import Unavailable

SECONDS = 5.0
MOST_OCTETS = 100_000
Fetch = Callable[[str], bytes]


def fetch(url: str, *, context: ssl.SSLContext | None = None) -> bytes:
    """What stands at an https address; raises Unavailable where there is any other answer than 200, or none.

    `context` says whom TLS trusts.
    """
    parts = urlsplit(url)
    line = http.client.HTTPSConnection(parts.netloc, timeout=SECONDS, context=context or ssl.create_default_context())
    try:
        line.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = line.getresponse()
        body = answer.read(MOST_OCTETS)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{parts.netloc} does not answer: {error}") from error
    finally:
        line.close()
    if answer.status != HTTPStatus.OK:
        raise Unavailable(f"{parts.netloc} answers {answer.status}")
    return body
