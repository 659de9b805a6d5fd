"""Links and images that an author wrote and no mail can carry: without a whole web address only their words stay."""

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.mail.language import clean

_CARRIED = ("https://", "http://", "mailto:", "tel:")
_parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")


@dataclass(frozen=True, slots=True)
class DroppedLink:
    """The words of the link, or the description of the image, and where it should have led."""

    words: str
    target: str


def dropped_links(text: str) -> list[DroppedLink]:
    """Links of a Markdown text to a part of an address, a file or nothing: their words stay, the link doesn't."""
    return [link for link in _links(_tokens(text)) if not link.target.lower().startswith(_CARRIED)]


def dropped_images(text: str) -> list[DroppedLink]:
    """Images of a Markdown text that are no whole web address: their descriptions stay, the images don't."""
    images = [DroppedLink(token.content, str(token.attrs["src"])) for token in _tokens(text) if token.type == "image"]
    return [image for image in images if not image.target.lower().startswith("http")]


def _tokens(text: str) -> list[Token]:
    return [child for token in _parser.parse(clean(text)) for child in token.children or ()]


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
