"""Both parts say the same (rule M-11)."""

import re
from collections import Counter
from collections.abc import Iterator

from app.mail.letter import Letter
from app.mail.problems import Problem, error

SHARED = 0.9
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def check_links(letter: Letter) -> Iterator[Problem]:
    """Each target of the HTML is written out in the plain text."""
    text = letter.text
    for link in letter.page.links:
        target = link.href
        if target.lower().startswith("mailto:"):
            target = target[len("mailto:") :].partition("?")[0]
        elif not target.lower().startswith("http"):
            continue
        if target not in text and not link.box.look.hidden:
            yield error("M-11", f"The plain text lacks the address of the link “{link.name}”.")


def check_words(letter: Letter) -> Iterator[Problem]:
    """At least nine words of ten; languages without spaces are counted by characters."""
    if letter.page.body is None or not letter.text.strip():
        return
    html = Counter(_WORD.findall(letter.page.visible_text.casefold()))
    shared = (html & Counter(_WORD.findall(letter.text.casefold()))).total()
    if shared < SHARED * html.total():
        percent = 100 * shared // html.total()
        yield error("M-11", f"The plain text has only {percent} % of the HTML's words; make both from one source.")


CHECKS = (check_links, check_words)
