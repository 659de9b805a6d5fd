"""Links that make sense on their own (rules E-06, E-11)."""

import re
import unicodedata
from collections.abc import Iterator

from app.mail.css import length_px
from app.mail.letter import Letter
from app.mail.page import Box, Link
from app.mail.problems import Problem, error, warning

TARGET_PX = 44
_BARE = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_VAGUE = frozenset(
    {
        "click here", "click", "here", "read more", "more", "learn more", "link", "this link", "details", "go",
        "this page", "more information", "continue", "download", "please click here", "click here please", "see here",
        "see more", "find out more", "more details", "click this link", "follow this link", "full text", "this",
        "hier", "hier klicken", "klicken sie hier", "mehr", "mehr lesen", "weiterlesen", "mehr erfahren",
        "bitte hier klicken", "bitte klicken sie hier", "siehe hier", "hier lesen", "mehr dazu",
        "weitere informationen", "mehr informationen", "zum artikel", "diesem link", "dieser link",
        "ici", "cliquez ici", "cliquer ici", "lire la suite", "en savoir plus", "plus", "lire plus", "voir ici",
        "veuillez cliquer ici", "cliquez sur ce lien", "ce lien", "plus d informations", "suite", "voir plus",
        "aquí", "aqui", "haga clic aquí", "haz clic aquí", "clic aquí", "leer más", "más información", "más",
        "pulse aquí", "pinche aquí", "ver más", "lea más", "ver aquí", "este enlace", "saber más",
        "clique aqui", "leia mais", "saiba mais", "qui", "clicca qui", "leggi di più", "klik hier", "lees meer",
        "هنا", "اضغط هنا", "انقر هنا", "اقرأ المزيد", "المزيد", "من هنا", "اضغط على الرابط", "هذا الرابط",
        "لمزيد من المعلومات", "المزيد من المعلومات", "تابع القراءة", "للمزيد", "الرابط",
        "здесь", "тут", "нажмите здесь", "подробнее", "читать далее",
        "点击这里", "点击此处", "这里", "此处", "更多", "阅读更多",
        "こちら", "ここ", "ここをクリック", "続きを読む", "もっと見る",
    }
)  # fmt: skip
_MOUSE_WORDS = re.compile(
    r"\b(?:click (?:here|this|below)|cliquez (?:ici|sur ce lien)|cliquer ici|(?:klicken sie |klick )hier|hier klicken"
    r"|(?:haga|haz) clic|clic aquí|(?:pulse|pinche) aquí|clique aqui|clicca qui|klik hier"
    r"|(?:اضغط|انقر) (?:هنا|على))(?!\w)"
)


def check_names(letter: Letter) -> Iterator[Problem]:
    """E-06: a link says where it leads."""
    for link in letter.page.links:
        name = link.name
        if not name:
            yield error("E-06", f"The link to {_short(link.href)} has no text; say where it leads.")
        elif _bare_words(name) in _VAGUE:
            yield error("E-06", f"The link text “{name}” says nothing on its own; name the target.")
        elif _MOUSE_WORDS.search(_bare_words(name)):
            yield warning("E-06", f"The link text “{name}” tells what to do with a mouse; name the target alone.")
        elif _BARE.fullmatch(name):
            yield error("E-06", f"The link text is a bare address ({_short(name)}); write words.")


def check_targets(letter: Letter) -> Iterator[Problem]:
    """E-06: a link leads somewhere, and equal texts lead to the same place."""
    seen: dict[str, str] = {}
    for link in letter.page.links:
        if not re.match(r"(?:https?://\S|mailto:\S|tel:\S)", link.href, re.IGNORECASE):
            yield error("E-06", f"The link “{link.name}” leads nowhere; give it a full web address.")
        name = _bare_words(link.name)
        if name and seen.setdefault(name, link.href) != link.href:
            yield error("E-06", f"Two links are called “{link.name}” but lead to different pages; rename one.")
        if link.box.get("target") == "_blank":
            yield warning("E-06", f"The link “{link.name}” opens a new window; take target away.")


def check_underlines(letter: Letter) -> Iterator[Problem]:
    """E-06: colour alone doesn't mark a link, unless it is a button."""
    for link in letter.page.links:
        decoration = link.box.style.get("text-decoration", link.box.style.get("text-decoration-line", "underline"))
        if "underline" not in decoration and not _button(link) and _has_text(link.box):
            yield error("E-06", f"The link “{link.name}” isn't underlined; readers can't tell it by its colour.")


def check_buttons(letter: Letter) -> Iterator[Problem]:
    """E-11: a button is high enough for a thumb."""
    for link in letter.page.links:
        height = _button_height(link.box) if _button(link) else None
        if height is not None and height < TARGET_PX - 0.5:
            yield error("E-11", f"The button “{link.name}” is {height:.0f} px high; {TARGET_PX} are needed.")


def _has_text(box: Box) -> bool:
    return bool("".join(box.element.itertext()).strip())


def _button(link: Link) -> bool:
    style = link.box.style
    painted = {"background", "background-color", "border"} & style.keys()
    return bool(painted) and ("padding" in style or "padding-top" in style)


def _button_height(box: Box) -> float | None:
    """One line of text and the padding above and below; None if it can't be told."""
    size = box.look.size or 16.0
    sides = box.style.get("padding", "0px").split()
    top = box.style.get("padding-top", sides[0] if sides else "0px")
    bottom = box.style.get("padding-bottom", sides[2] if len(sides) > 2 else sides[0] if sides else "0px")
    paddings = [length_px(side, size) for side in (top, bottom)]
    if paddings[0] is None or paddings[1] is None:
        return None
    return size * (box.look.line_height or 1.2) + paddings[0] + paddings[1]


def _bare_words(name: str) -> str:
    """The text without case, punctuation and arrows around it."""
    kept = [c if unicodedata.category(c)[0] in "LNM" else " " for c in name.casefold()]
    return " ".join("".join(kept).split())


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


CHECKS = (check_names, check_targets, check_underlines, check_buttons)
