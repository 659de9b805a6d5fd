"""The blocks of a page, in order: headings, paragraphs, lists, quotations, tables and code as Markdown."""

import re
from collections.abc import Iterator
from typing import Any

from app.errors import Invalid, Problem
from app.services.statement_reader.decoding import visible
from app.services.statement_reader.html_inline import Page, Run, inline, lines_of, plain
from app.services.statement_reader.lines import Line, compose

BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div",
        "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
        "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody",
        "td", "tfoot", "th", "thead", "tr", "ul",
    }
)  # fmt: skip
_LEAD = re.compile(r"(?:^|[\s_-])(?:standfirst|lead|lede|intro|chapo|teaser|subtitle|strapline)(?:$|[\s_-])", re.I)
_DEEPEST = 150


class BlockReader:
    """Walks a cleaned tree; raises Invalid if its elements are nested too deeply to be a page that people read."""

    def __init__(self, root: Any, page: Page) -> None:
        self._page = page
        self._holders: set[Any] = set()
        for element in root.iter():
            above = list(element.iterancestors())
            if len(above) > _DEEPEST:
                raise Invalid(
                    Problem("The page is nested too deeply. Copy its text into a plain text file (.txt).", field="file")
                )
            if element.tag in BLOCKS:
                self._holders.update(above)

    def read(self, element: Any) -> Iterator[Line]:
        """Give the lines of a block and of all blocks in it."""
        lead = bool(_LEAD.search(f"{element.get('class') or ''} {element.get('itemprop') or ''}"))
        runs = [plain(element.text)]
        for child in element:
            if child.tag in BLOCKS or child in self._holders:
                yield from self._paragraph(Run.joined(runs), lead)
                runs = []
                yield from self._block(child)
            else:
                runs.append(inline(child, self._page))
            runs.append(plain(child.tail))
        yield from self._paragraph(Run.joined(runs), lead)

    def _paragraph(self, run: Run, lead: bool) -> Iterator[Line]:
        for index, line in enumerate(lines_of(run)):
            yield Line(line.text, line.markdown, glued=index > 0, lead=lead)

    def _block(self, element: Any) -> Iterator[Line]:
        tag = element.tag
        if re.fullmatch("h[1-6]", tag):
            yield from self._heading(element, int(tag[1]))
        elif tag in ("ul", "ol"):
            yield from self._list(element)
        elif tag == "blockquote":
            yield from self._quotation(element)
        elif tag == "pre":
            yield from self._code(element)
        elif tag == "hr":
            yield Line("", "---", kind="other")
        elif tag == "table" and _is_data(element, self._holders):
            yield from self._table(element)
        else:
            yield from self.read(element)

    def _heading(self, element: Any, level: int) -> Iterator[Line]:
        lines = list(self.read(element))
        text = " ".join(line.text for line in lines)
        markdown = " ".join(line.markdown.replace("\n", " ") for line in lines)
        if text:
            closed = re.sub(r"(#+)$", r"\\\1", markdown)
            yield Line(text, f"{'#' * level} {closed}", kind="heading")

    def _list(self, element: Any) -> Iterator[Line]:
        items: list[str] = []
        texts: list[str] = []
        number = int(element.get("start")) if re.fullmatch("[0-9]{1,6}", element.get("start") or "") else 1
        for child in element:
            lines = list(self._block(child) if child.tag in ("ul", "ol") else self.read(child))
            lines += list(self._paragraph(plain(child.tail), lead=False))
            if lines:
                marker = f"{number + len(items)}. " if element.tag == "ol" else "- "
                items.append(marker + _indented(compose(lines), len(marker)))
                texts += [line.text for line in lines]
        if items:
            loose = any("\n\n" in item for item in items)
            yield Line(" ".join(texts), ("\n\n" if loose else "\n").join(items), kind="other")

    def _quotation(self, element: Any) -> Iterator[Line]:
        lines = list(self.read(element))
        if lines:
            quoted = "\n".join(f"> {line}".rstrip() for line in compose(lines).split("\n"))
            yield Line(" ".join(line.text for line in lines), quoted, kind="other")

    def _code(self, element: Any) -> Iterator[Line]:
        text = visible("".join(element.itertext())).strip("\n")
        longest = max((len(found) for found in re.findall("`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        if text.strip():
            yield Line(text, f"{fence}\n{text}\n{fence}", kind="other")

    def _table(self, element: Any) -> Iterator[Line]:
        for caption in element.findall("caption"):
            yield from self.read(caption)
        rows = [[self._cell(cell) for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
        width = max(len(row) for row in rows)
        written = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
        written.insert(1, "|" + " --- |" * width)
        yield Line(" ".join(element.itertext()), "\n".join(written), kind="other")

    def _cell(self, element: Any) -> str:
        return " ".join(line.markdown for line in self.read(element))


def _indented(markdown: str, width: int) -> str:
    return re.sub(r"\n(?!\n)", "\n" + " " * width, markdown)


def _is_data(table: Any, holders: set[Any]) -> bool:
    """Whether a table holds figures or words in rows and columns, and isn't there for the layout."""
    rows = list(table.iter("tr"))
    cells = [cell for row in rows for cell in row if cell.tag in ("td", "th")]
    if table.get("role") in ("presentation", "none") or len(rows) < 2 or len(cells) < 4:
        return False
    loose = any((node.tail or "").strip() for node in table.iter("tr", "td", "th", "tbody", "thead", "tfoot"))
    return not loose and not any(cell in holders for cell in cells)
