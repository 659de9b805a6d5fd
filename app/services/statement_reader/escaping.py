"""Typed text as Markdown that shows exactly what was typed (CommonMark section 2.4, backslash escapes).

Only what could be read as markup is escaped, because people go on editing the result.
"""

import re

_MARKUP = re.compile(
    r"[\\*`\[\]|]"  # always markup
    r"|(?<![^\W_])_|_(?![^\W_])"  # an underscore inside a word is only itself
    r"|<(?=\S)|&(?=#?\w{1,40};)|~(?=~)|(?<=~)~"
)
_BLOCK_START = re.compile(r"#{1,6}(?:\s|$)|[-+](?:\s|$)|>|=+\s*$|[-:\s]+$")
_NUMBERED = re.compile(r"[0-9]{1,9}(?=[.)](?:\s|$))")
_BLANKS = re.compile(r"[ \t]+")


def escape_inline(text: str) -> str:
    """Escape what would be markup within a line."""
    return _MARKUP.sub(lambda match: "\\" + match[0], text)


def guard_start(line: str) -> str:
    """Escape what would make a heading, list, quotation, rule or table of a line of Markdown."""
    numbered = _NUMBERED.match(line)
    if numbered:
        return f"{numbered[0]}\\{line[numbered.end() :]}"
    return "\\" + line if line and _BLOCK_START.match(line) else line


def escape_line(text: str) -> str:
    """Escape one whole line; spaces around it and repeated ones go, as they would on a page."""
    return guard_start(escape_inline(squeeze(text)))


def squeeze(text: str) -> str:
    """Collapse runs of blanks, but keep no-break spaces within the text."""
    return _BLANKS.sub(" ", text).strip()
