"""The mail templates of `templates/email`: one folder per mail with its subject, its text and its HTML.

Our own words stand in the templates, each in `_("…")`, and `app.translations` has them in other languages; what authors
write is only ever a value, never part of a template.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.mail.language import Language, isolate
from app.mail.plaintext import wrap
from app.settings import PROJECT
from app.translations import SOURCE, catalogue, nearest
from app.translations.templates import SetApart, teach

FOLDER = PROJECT / "templates" / "email"
WORDING = Language(SOURCE)
"""The language of our words where there is no better one, and for staff."""
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

    Our own words are in that language too. Where there is no catalogue for it they are English, and the templates mark
    them as such (WCAG 3.1.2).
    """
    spoken = nearest(language.tag)
    wording = wording_for(language.tag)
    context = {**values, "content": language, "wording": wording, "preheader": preheader}
    context["foreign"] = _foreign(language, wording)
    environment = _environment(spoken or WORDING.tag, wording.direction)
    subject = " ".join(environment.get_template(f"{folder}/subject.txt").render(context).split())
    context["subject"] = subject
    html = environment.get_template(f"{folder}/body.html").render(context)
    text = environment.get_template(f"{folder}/body.txt").render(context)
    return Rendered(subject, preheader, _inliner.inline(html), f"{_BLANK_LINES.sub(chr(10) * 3, text).strip()}\n")


def wording_for(language: str) -> Language:
    """In which language we write to somebody who chose this one: it, or English where we don't speak it."""
    return Language.of(language) if nearest(language) else WORDING


def _foreign(language: Language, wording: Language) -> Markup:
    """The attributes of our own words where they are not in the language of the content."""
    if language.primary == wording.primary:
        return Markup("")
    return Markup(' lang="{}" dir="{}"').format(wording.tag, wording.direction)


@cache
def _environment(spoken: str, direction: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    teach(
        environment, lambda: catalogue(spoken), lambda context: _set_apart_in(context) if direction == "rtl" else None
    )
    environment.filters |= {"wrap": _wrapped, "isolate": isolate, "mailto": _mailto, "tel": _telephone}
    return environment


def _set_apart_in(context: Context) -> SetApart | None:
    """Values in a line of HTML that runs from right to left keep to themselves; plain text has no means for that."""
    return (lambda value: Markup("<bdi>{}</bdi>").format(value)) if context.eval_ctx.autoescape else None


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
