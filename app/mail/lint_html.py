"""The page's structure, for those who hear it (rules E-01 … E-04, E-08, E-09, E-13, E-15)."""

import re
from collections.abc import Iterator

from app.mail.letter import Letter
from app.mail.page import HEADINGS, Box
from app.mail.problems import Problem, error, warning

_LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
RIGHT_TO_LEFT = {"ar", "he", "fa", "ur", "yi", "ps", "dv", "ckb", "sd", "ug"}


def check_language(letter: Letter) -> Iterator[Problem]:
    """E-01: lang and dir on html and on each child of body, because clients strip html and body."""
    root, body = letter.page.root, letter.page.body
    if root is None or body is None:
        return
    for element in (root, *(child for child in body if isinstance(child.tag, str))):
        lang, direction = str(element.get("lang") or ""), str(element.get("dir") or "")
        if not _LANG.fullmatch(lang) or direction not in {"ltr", "rtl"}:
            yield error("E-01", f'<{element.tag}> needs a language and a direction, like lang="fr" dir="ltr".')
        elif (lang.lower().partition("-")[0] in RIGHT_TO_LEFT) != (direction == "rtl"):
            yield error("E-12", f'<{element.tag}> says lang="{lang}" but dir="{direction}"; one of them is wrong.')


def check_tables(letter: Letter) -> Iterator[Problem]:
    """E-02: a table for layout says so; a table of data has headings with a scope."""
    for box in letter.page.by_tag.get("table", []):
        heads = [head for head in box.element.iter("th") if next(head.iterancestors("table"), None) is box.element]
        layout = box.get("role") in {"presentation", "none"}
        if layout and heads:
            yield error("E-02", 'A table with headings is data; take role="presentation" away from it.')
        elif not layout and not heads:
            yield error("E-02", 'A table without headings is layout; give it role="presentation".')
        if any(head.get("scope") not in {"col", "row", "colgroup", "rowgroup"} for head in heads):
            yield error("E-02", 'A table heading needs scope="col" or scope="row".')


def check_headings(letter: Letter) -> Iterator[Problem]:
    """E-03: one h1, then each level in order, none empty."""
    if letter.page.body is None:
        return
    levels = [(int(box.tag[1]), box) for box in letter.page.boxes if box.tag in HEADINGS and not box.look.hidden]
    if [level for level, _ in levels].count(1) != 1:
        yield error("E-03", "There must be exactly one main heading (h1).")
    before = 0
    for level, box in levels:
        if level > before + 1 and before:
            yield error("E-03", f"The heading “{box.excerpt}” skips a level; use h{before + 1}.")
        if not _spoken(box):
            yield error("E-03", f"There is an empty {box.tag}; fill it or take it out.")
        before = level
    if levels and levels[0][0] != 1:
        yield error("E-03", f"The first heading is an {levels[0][1].tag}; begin with the h1.")


def _spoken(box: Box) -> bool:
    texts = "".join(box.element.itertext())
    return bool(texts.strip()) or any(image.get("alt") for image in box.element.iter("img"))


def check_title(letter: Letter) -> Iterator[Problem]:
    """E-04: screen readers announce the title first."""
    if letter.page.root is not None and letter.page.title != letter.subject:
        yield error("E-04", "The HTML's <title> must be the same as the subject.")


def check_sections(letter: Letter) -> Iterator[Problem]:
    """E-03: several clients drop HTML5's sectioning elements."""
    for tag in ("section", "article", "main", "header", "nav", "aside"):
        if tag in letter.page.by_tag:
            yield warning("E-03", f"<{tag}> is lost in some mail programs; use <div> and headings.")


def check_dark_mode(letter: Letter) -> Iterator[Problem]:
    """E-08: say that both schemes are designed for, so that fewer clients force an inversion."""
    if letter.page.root is None:
        return
    if letter.page.meta("color-scheme") not in {"light dark", "dark light"}:
        yield error("E-08", 'Add <meta name="color-scheme" content="light dark">.')
    if letter.page.meta("supported-color-schemes") not in {"light dark", "dark light"}:
        yield warning("E-08", 'Add <meta name="supported-color-schemes" content="light dark"> for Apple Mail.')


def check_zoom(letter: Letter) -> Iterator[Problem]:
    """E-09: everybody may zoom."""
    viewport = (letter.page.meta("viewport") or "").replace(" ", "")
    if "user-scalable=no" in viewport or "user-scalable=0" in viewport or "maximum-scale=1" in viewport:
        yield error("E-09", "The viewport forbids zooming; take user-scalable and maximum-scale out.")


def check_read_online(letter: Letter) -> Iterator[Problem]:
    """E-15: a web version for those whose mail program gets in the way."""
    archive = letter.value("list-archive").strip("<>")
    offered = any(link.href.startswith(archive) for link in letter.page.links)
    if letter.terms.kind == "statement" and archive.startswith("http") and not offered:
        yield warning("E-15", "There is no link to read the statement on the web.")


CHECKS = (
    check_language,
    check_tables,
    check_headings,
    check_title,
    check_sections,
    check_dark_mode,
    check_zoom,
    check_read_online,
)
