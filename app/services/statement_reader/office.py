"""What office programs put on the clipboard and into web pages, as the HTML that they mean.

Google Docs wraps everything in a <b> that is not bold and makes words bold by a style, Word for the web names headings
by a role. All write lists in ways of their own, and leave comments, odd tags and whole style sheets.
"""

import re

from bs4 import BeautifulSoup, Comment, Tag

from app.services.statement_reader.office_lists import gather_lists, is_mark

_OFFICE = re.compile(
    r"mso-|class=[\"']?Mso|urn:schemas-microsoft-com:office|docs-internal-guid|ListContainerWrapper", re.IGNORECASE
)
_FOREIGN = re.compile(r"</?[a-z][a-z0-9]{0,20}:[^<>]{0,2000}>|<!\[(?:if|endif)[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(
    r"<(?:!doctype|html|body|meta|div|p|h[1-6]|ul|ol|li|table|article|section|span|br|a)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_NOT_BOLD = re.compile(r"font-weight:\s*(?:normal|[1-4]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style:\s*italic", re.IGNORECASE)
_HIDDEN = re.compile(r"mso-hide:\s*all|display:\s*none", re.IGNORECASE)
_TITLES = {"MsoTitle": "h1", "MsoSubtitle": "h2"}
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "caption", "center", "dd", "details", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "header", "main", "nav", "section", "summary",
    }
)  # fmt: skip
_SILENT = ("style", "script", "meta", "link", "xml", "template", "noscript")


def is_markup(text: str) -> bool:
    """Whether this is HTML and not a text in which a sign happens to stand."""
    return bool(_TAG.search(text))


def is_from_office(html: str) -> bool:
    """Whether an office program wrote this."""
    return bool(_OFFICE.search(html))


def tidied(html: str) -> str:
    """The same words with lists as lists, headings as headings, bold and italic as such, and nothing invisible."""
    soup = BeautifulSoup(_FOREIGN.sub("", html), "lxml")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for element in soup.find_all(_SILENT):
        element.extract()
    for element in soup.find_all(True):
        _settle(soup, element)
    gather_lists(soup)
    return str(soup)


def _settle(soup: BeautifulSoup, element: Tag) -> None:
    """One element: what office programs say by styles is said by tags."""
    style = str(element.get("style") or "")
    if _HIDDEN.search(style):
        element.extract()
    elif element.name == "p":
        named = _TITLES.get(" ".join(element.get("class") or []))
        element.name = named or _heading(element) or element.name
    elif element.name in _BLOCKS:
        element.name = "div"
    elif element.name in {"b", "strong"} and _NOT_BOLD.search(style):
        element.unwrap()
    elif element.name == "span" and not is_mark(style):
        _settle_span(soup, element, style)


def _heading(element: Tag) -> str:
    """The tag of a heading that is one by its role; empty for what is none."""
    level = str(element.get("aria-level") or "2")
    return f"h{level}" if element.get("role") == "heading" and level in "123456" else ""


def _settle_span(soup: BeautifulSoup, element: Tag, style: str) -> None:
    bold = _BOLD.search(style) and not element.find_parent(["b", "strong"])
    italic = _ITALIC.search(style) and not element.find_parent(["i", "em"])
    if bold and italic:
        element.wrap(soup.new_tag("strong"))
    if bold or italic:
        element.name = "em" if italic else "strong"
