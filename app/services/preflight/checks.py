"""The list of checks, in the order in which their findings are read."""

from collections.abc import Callable, Iterable, Iterator

from app.services.preflight import (
    inbox,
    leftovers,
    links,
    mail_rules,
    names,
    occasion,
    outside,
    people,
    pictures,
    plain_words,
    proof,
    spoken_language,
    tables,
)
from app.services.preflight.findings import Finding
from app.services.preflight.reading import Reading
from app.services.preflight.situation import Situation

Check = Callable[[Situation], Iterable[Finding]]


def _each(check: Callable[[Reading], Iterable[Finding]]) -> Check:
    """A check of one mail, for all language versions."""

    def check_all(situation: Situation) -> Iterator[Finding]:
        for reading in situation.readings:
            yield from check(reading)

    return check_all


CHECKS: tuple[Check, ...] = (
    occasion.check_published,
    people.check_anybody,
    people.check_number,
    people.check_sent_before,
    _each(occasion.check_text),
    _each(inbox.check_subject),
    _each(inbox.check_preheader),
    _each(leftovers.check_placeholders),
    names.check,
    _each(pictures.check_described),
    _each(pictures.check_descriptions),
    pictures.check_elsewhere,
    pictures.check_dropped,
    _each(spoken_language.check),
    _each(mail_rules.check),
    _each(tables.check),
    _each(plain_words.check_capitals),
    links.check_own,
    links.check_reach,
    links.check_dropped,
    links.check_asked,
    _each(leftovers.check_advertising),
    _each(plain_words.check_sentences),
    _each(plain_words.check_easy_summary),
    people.check_languages,
    occasion.check_intro,
    occasion.check_date,
    proof.check,
    lambda situation: outside.check_sender(situation.press.settings, situation.outside),
    lambda situation: outside.check_relays(situation.press.settings, situation.outside),
)
