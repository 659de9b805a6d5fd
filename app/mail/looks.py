"""How a finished mail looks in the programs of different readers: its page changed so that any browser shows it so."""

import re

_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_SCHEMES = re.compile(r'(<meta name="(?:supported-)?color-schemes?" content=")[^"]*')
_IMAGE = re.compile(r'<img\b(?:"[^"]*"|[^">])*>')
_SOURCE = re.compile(r'\ssrc="[^"]*"')


def light(html: str) -> str:
    """As a program with a light face shows it, whatever the face of the one that shows this."""
    return _SCHEMES.sub(r"\1light", _DARK.sub("@media not all", html))


def dark(html: str) -> str:
    """As a program with a dark face shows it that knows the mail's own dark colours (`prefers-color-scheme`)."""
    return _SCHEMES.sub(r"\1dark", _DARK.sub("@media all", html))


def without_images(html: str) -> str:
    """As a program shows it that loads no images: their descriptions stand in their places."""
    return _IMAGE.sub(lambda image: _SOURCE.sub("", image[0]), html)
