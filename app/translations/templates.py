"""Templates that speak: `_("…")` and `ngettext(…)` of Jinja, filled from a catalogue.

A name, an address or a number in another script would carry the marks around it to the wrong side of a sentence that
runs from right to left (UAX #9). So whoever installs the words says how their values are set apart.
"""

from collections.abc import Callable
from typing import Any

from babel.support import NullTranslations
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

SetApart = Callable[[Any], Any]


def teach(
    environment: Environment, words: Callable[[], NullTranslations], set_apart: Callable[[Context], SetApart | None]
) -> None:
    """Give an environment its words; `set_apart` is asked for each sentence, and may answer that nothing needs it."""

    def filled(context: Context, sentence: str, values: dict[str, Any]) -> str:
        if context.eval_ctx.autoescape:
            sentence = Markup(sentence)  # noqa: S704  # the catalogue is ours, and `%` escapes the values
        apart = set_apart(context)
        return sentence % ({name: apart(value) for name, value in values.items()} if apart else values)

    @pass_context
    def gettext(context: Context, message: str, **values: Any) -> str:
        return filled(context, words().gettext(message), values)

    @pass_context
    def ngettext(context: Context, one: str, many: str, num: int, **values: Any) -> str:
        return filled(context, words().ngettext(one, many, num), {"num": num, **values})

    environment.globals.update(gettext=gettext, ngettext=ngettext)
