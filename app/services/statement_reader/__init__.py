"""Reading a statement from a file: Markdown with front matter, an HTML page, or plain text."""

import re
from pathlib import PurePosixPath, PureWindowsPath

from app.services.statement_reader.decoding import decode
from app.services.statement_reader.draft import StatementDraft
from app.services.statement_reader.front_matter import looks_like_front_matter, read_markdown
from app.services.statement_reader.html_page import read_html
from app.services.statement_reader.office import is_markup
from app.services.statement_reader.plain_text import read_plain_text

__all__ = ["StatementDraft", "is_markup", "read_statement"]

_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_PAGE = re.compile(
    r"\s{0,99}(?:<\?xml[^>]{0,99}>\s{0,99})?(?:<!--.{0,999}?-->\s{0,99})?<(?:!doctype html|html|head|body)\b",
    re.I | re.S,
)
_FRAGMENT = re.compile(
    r"\s{0,99}<(?:article|main|section|div|p|h[1-6]|ul|ol|table|blockquote|header)(?:\s[^>]{0,999})?>", re.I
)
_ANY_TAG = re.compile(r"<[a-z!/]", re.IGNORECASE)


def read_statement(content: bytes, filename: str) -> StatementDraft:
    """Read a draft from the bytes of a file; the name's ending and the content tell the format.

    Nothing of a plain text is dropped: what no field takes stays in the body, and notes quote the labels, marks and
    repeated dates that are left out. Raises
    Invalid for a file that is empty, binary, over 1 MB or in an unknown encoding, and for front matter that is
    wrong, with one problem per fault and its line.
    """
    text, notes = decode(content)
    stem, ending = _name(filename)
    draft = StatementDraft(notes=notes)
    if _PAGE.match(text) or (ending in _HTML and _ANY_TAG.search(text)):
        read_html(text, draft)
    elif ending in _MARKDOWN or looks_like_front_matter(text):
        read_markdown(text, draft)
    elif _FRAGMENT.match(text):
        read_html(text, draft)
    else:
        read_plain_text(text, draft)
    return draft.finish(stem)


def _name(filename: str) -> tuple[str, str]:
    path = PurePosixPath(PureWindowsPath(filename).name)
    words = re.sub(r"[\W_]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:], path.suffix.lower()
