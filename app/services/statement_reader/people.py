"""Whether a few words are somebody's name, or what they do; and which of the words are which."""

import re

_PARTICLES = frozenset(
    {
        "af", "al", "av", "ben", "bin", "d", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "e",
        "el", "ibn", "la", "le", "les", "ten", "ter", "van", "von", "y", "zu",
    }
)  # fmt: skip
_NAME_WORD = re.compile(r"[^\W\d_][\w'’.\-]{0,40}")
_NOT_NAMES = re.compile(
    r"\b(?:about|contacts?|information|notes?|media|press\w*|ends?|us|the|our|for|more|email|phone|tel|follow|"
    r"donate|share|kontakt|presse|prensa|contacto|and|und|et|we|thank|you|international|organi[sz]ation)\b",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:director|directors|directora|directeur|directrice|direktor(?:in)?|officer|manager(?:in)?|president[ea]?|"
    r"président|présidente|präsident(?:in)?|chair|chairman|chairwoman|chairperson|chief|secretary|secretario|"
    r"secretaria|secrétaire|coordinator|coordinador[a]?|coordinateur|coordinatrice|koordinator(?:in)?|head|ceo|"
    r"spokesperson|spokeswoman|spokesman|sprecher(?:in)?|pressesprecher(?:in)?|porte-parole|portavoz|leiter(?:in)?|"
    r"leitung|geschäftsführer(?:in)?|vorstand|vorsitzende[r]?|referent(?:in)?|adviser|advisor|asesor[a]?|"
    r"conseill(?:er|ère)|responsable|jefe|jefa|founder|fondateur|fondatrice|lead|delegate|délégué[e]?|ambassador|"
    r"representative|rapporteur|attachée?|assistant|specialist|editor|general|commissioner|minister)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)]*$")


def looks_like_name(text: str) -> bool:
    """Whether these are two to five capitalised words, particles such as "van" aside, and not a label."""
    words = text.split()
    if not 2 <= len(words) <= 5 or _NOT_NAMES.search(text) or _ROLE.search(text):
        return False
    return all(_NAME_WORD.fullmatch(word) for word in words) and all(
        word[0].isupper() or word.casefold() in _PARTICLES or word.casefold().startswith(("d'", "d’")) for word in words
    )


def names_a_role(text: str) -> bool:
    """Whether the words hold the noun of an office ("Director", "Sprecherin") and are no sentence."""
    return bool(_ROLE.search(text)) and may_be_role(text)


def may_be_role(text: str) -> bool:
    """Whether the words can stand for a role right after a name: few, no figures, no sentence, no label."""
    shouting = text.isupper() and " " in text
    return 0 < len(text) <= 90 and not re.search(r"[\d@]", text) and not _SENTENCE_END.search(text) and not shouting


def split_name_and_role(text: str, context: str) -> tuple[str, str] | None:
    """Part "Advocacy Director Ada Gray" (or the other way round) into a name and a role.

    What says where to cut is that the rest of the text (`context`) holds the name and the role side by side
    ("Ada Gray, Advocacy Director"), or else that the noun of an office stands at the cut.
    """
    words = text.split()
    cuts = [(" ".join(words[-count:]), " ".join(words[:-count])) for count in (4, 3, 2) if count < len(words)]
    cuts += [(" ".join(words[:count]), " ".join(words[count:])) for count in (4, 3, 2) if count < len(words)]
    likely = [(name, role) for name, role in cuts if looks_like_name(name) and names_a_role(role)]
    for name, role in likely:
        if f"{name}, {role}" in context or f"{role}, {name}" in context:
            return name, role
    for name, role in likely:
        edge = role.split()[-1] if text.startswith(role) else role.split()[0]
        if _ROLE.fullmatch(edge):
            return name, role
    return None
