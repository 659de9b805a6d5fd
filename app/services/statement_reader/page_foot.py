"""The foot of a web page that was pasted along with a statement: it stays in the body, and staff are told."""

import re
from collections.abc import Collection, Sequence

from app.services.statement_reader.draft import StatementDraft
from app.services.statement_reader.lines import Line

_HEADING = re.compile(
    r"(?:about us|who we are|(?:more|further|legal) information|quick links|contact us|follow us|connect with us|"
    r"share(?: this)?(?: page| story| article)?|donate(?: now)?|give now|related (?:news|stories|articles|content)|"
    r"à propos(?: de nous)?|qui sommes-nous\s?\??|plus d['’]informations|mentions légales|suivez-nous|"
    r"faire un don|über uns|mehr informationen|weitere informationen|impressum|folgen sie uns|(?:jetzt )?spenden|"
    r"sobre nosotros|quiénes somos|más información|aviso legal|síguenos|donar)[.:!]?",
    re.IGNORECASE,
)
_INVITATION = re.compile(
    r"(?:get|receive) (?:the|our|all the)?\s?(?:latest )?(?:news|updates)\b|(?:sign up|subscribe) (?:to|for)\b|"
    r"(?:follow|find|join) us on\b|share (?:this|on|via)\b|abonnez-vous\b|inscrivez-vous\b|suivez-nous sur\b|"
    r"recevez (?:nos|les|toutes)\b|abonnieren sie\b|folgen sie uns\b|suscríbete\b|suscríbase\b|síguenos en\b|"
    r"(?:©|\(c\)|copyright)\s|skip to (?:content|main)\b|(?:privacy|cookie) (?:policy|settings|notice)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\ball rights reserved\b|\btous droits réservés\b|\balle rechte vorbehalten\b|\btodos los derechos reservados\b|"
    r"\btax[- ]deductible\b|\b501\(c\)",
    re.IGNORECASE,
)
_LONGEST_INVITATION = 160


def note_page_foot(lines: Sequence[Line], taken: Collection[int], contact: int, draft: StatementDraft) -> None:
    """Tell staff which lines of plain text after the contact look like furniture of a web page; none is taken out.

    Everything from the first such line to the end counts, because addresses and small print follow the headings.
    """
    foot = [line for index, line in enumerate(lines) if index > contact and index not in taken]
    start = next((place for place, line in enumerate(foot) if _is_furniture(line)), None)
    if start is None:
        return
    first, last = foot[start].number, foot[-1].last_number
    if first is None or last is None:
        return
    where, look = (f"Line {first}", "looks") if first == last else (f"Lines {first}–{last}", "look")
    them, they, belong = ("it", "it", "doesn't") if first == last else ("them", "they", "don't")
    draft.notes.append(
        f"{where} after the media contact {look} like the foot of a web page; take {them} out if {they} {belong} "
        "belong to the statement."
    )


def _is_furniture(line: Line) -> bool:
    if line.kind == "other":
        return False
    invites = len(line.text) <= _LONGEST_INVITATION and _INVITATION.match(line.text)
    return bool(_HEADING.fullmatch(line.text) or invites or _LEGAL.search(line.text))
