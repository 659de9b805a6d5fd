"""The mail templates of `templates/email`: one folder per mail with its subject, its text and its HTML.

Our own words stand in the templates, each in `_("…")`, ready for translation; what authors write is only ever a value,
never part of a template.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.mail.language import Language, isolate
from app.mail.plaintext import wrap
from app.settings import PROJECT

FOLDER = PROJECT / "templates" / "email"
WORDING = Language("en")
_BLANK_LINES = re.compile(r"\n{4,}")
_TELEPHONE = re.compile(r"\+?\d[\d ()./-]{3,30}\d")
_inliner = CSSInliner(load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's words, before encoding; they may hold slots (see `app.mail.encoding`)."""

    subject: str
    preheader: str
    html: str
    text: str


def render(folder: str, language: Language, values: Mapping[str, Any], *, preheader: str = "") -> Rendered:
    """Fill the three templates of a mail whose content is in `language`.

    Our own words are English so far; where the content is not, the templates mark them as such (WCAG 3.1.2).
    """
    context = {**values, "content": language, "wording": WORDING, "preheader": preheader}
    context["foreign"] = _foreign(language)
    environment = _environment()
    subject = " ".join(environment.get_template(f"{folder}/subject.txt").render(context).split())
    context["subject"] = subject
    html = environment.get_template(f"{folder}/body.html").render(context)
    text = environment.get_template(f"{folder}/body.txt").render(context)
    return Rendered(subject, preheader, _inliner.inline(html), f"{_BLANK_LINES.sub(chr(10) * 3, text).strip()}\n")


def _foreign(language: Language) -> Markup:
    """The attributes of our own words where they are not in the language of the content."""
    if language.primary == WORDING.primary:
        return Markup("")
    return Markup(' lang="{}" dir="{}"').format(WORDING.tag, WORDING.direction)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {"wrap": _wrapped, "isolate": isolate, "mailto": _mailto, "tel": _telephone}
    return environment


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    return "\n".join(wrap(text, first=first, rest=rest))


def _mailto(address: str) -> str:
    """The target of a link that writes to somebody; empty if it is no address."""
    try:
        return f"mailto:{EmailAddress.parse(address).text}"
    except Invalid:
        return ""


def _telephone(number: str) -> str:
    """The target of a link that calls somebody (RFC 3966); empty if it isn't a plain number."""
    return f"tel:{re.sub(r'[^+0-9]', '', number)}" if _TELEPHONE.fullmatch(number) else ""
