"""Links that an author wrote and that no mail can carry: what leads to no whole web address loses its link."""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.mail.language import clean

_CARRIED = ("https://", "http://", "mailto:", "tel:")
_parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")


@dataclass(frozen=True, slots=True)
class DroppedLink:
    """The words of the link, and where it should have led."""

    words: str
    target: str


def dropped_links(text: str) -> list[DroppedLink]:
    """Links of a Markdown text to a part of an address, a file or nothing: their words stay, the link doesn't."""
    tokens = [child for token in _parser.parse(clean(text)) for child in token.children or ()]
    return [link for link in _links(tokens) if not link.target.lower().startswith(_CARRIED)]


def _links(tokens: list[Token]) -> Iterator[DroppedLink]:
    target, words = None, ""
    for token in tokens:
        if token.type == "link_open":
            target, words = str(token.attrs.get("href", "")), ""
        elif token.type == "link_close" and target is not None:
            yield DroppedLink(" ".join(words.split()), target)
            target = None
        elif target is not None:
            words += token.content
