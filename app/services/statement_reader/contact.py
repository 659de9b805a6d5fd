"""The media contact: a label such as "Press contact", then a name, a role, an address, a number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.services.statement_reader.dates import whole_date
from app.services.statement_reader.draft import MAX_NAME, MAX_PHONE, StatementDraft
from app.services.statement_reader.lines import Line, quote
from app.services.statement_reader.people import looks_like_name, may_be_role

_LABEL = re.compile(
    r"(?:for\s)?(?:media|press)\s(?:contacts?|enquiries|inquiries|office|relations)(?:\sperson)?"
    r"|(?:for\s)?(?:more|further)\sinformation,?\s(?:please\s)?contact"
    r"|contacts?\s(?:for\s(?:the\s)?(?:media|press)|(?:de\s|pour\sla\s)?presse|médias?|medias?|aux\smédias)"
    r"|(?:relations|service(?:\sde)?|bureau\sde)\s(?:avec\sla\s)?presse"
    r"|(?:presse|medien)-?\s?(?:kontakte?|anfragen|stelle)|(?:ansprechpartner(?:in)?|kontakt)\s(?:für|fuer)\s(?:die\s)?"
    r"(?:presse|medien)|contactos?\s(?:de|para)\s(?:la\s)?(?:prensa|(?:los\s)?medios)|(?:para\s)?prensa"
    r"|contacts?|kontakt|contactos?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[^\s<>()\[\],;:|]{1,64}@[^\s<>()\[\],;|]{1,255}")
_HIDDEN = re.compile(r"\[\s?e-?mail\s(?:address\s)?protected\s?\]", re.IGNORECASE)
_PHONE = re.compile(
    r"\+?\(?[0-9][0-9 ()./\u00a0\u202f\u2011-]{5,28}[0-9](?:\s?(?:ext|extension|poste|durchwahl|x)\.?\s?[0-9]{1,6})?",
    re.IGNORECASE,
)
_FIELD_LABEL = re.compile(
    r"(?:e-?mail|courriel|correo(?:\selectrónico)?|mobile?|cell|móvil|handy|portable|phone|telephone|téléphone|telefon|"
    r"teléfono|tél|tel|name|nom|nombre|[tem])\b\.?\s?[:.]?|(?:whatsapp|office|direct)\s?:",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s?[,;|•·]\s?|\s[–—-]\s|^[–—-]\s")
_MAX_LINES = 8


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of the contact so far; `hidden` is an address that the web page concealed."""

    name: str = ""
    role: str = ""
    email: str = ""
    phone: str = ""
    hidden: str = ""

    @property
    def reachable(self) -> bool:
        """Whether there is more than a name."""
        return bool(self.email or self.phone or self.hidden)


def find_label(lines: Sequence[Line]) -> int | None:
    """Give the index of the first line that announces a contact; a bare "Contact" counts only after the middle."""
    for index, line in enumerate(lines):
        label = _label(line)
        bare = label is not None and " " not in label and label.casefold().startswith(("contact", "kontakt", "prensa"))
        if label is not None and (not bare or index * 2 >= len(lines)):
            return index
    return None


def place_contact(lines: Sequence[Line], label: int, draft: StatementDraft) -> set[int]:
    """Read the contact that begins at the label; give the indexes of the lines that it took up, if any.

    A line of plain text whose address the web page hid is read, but not taken up: no field holds its words.
    """
    contact = Contact()
    first = _after_label(lines[label].text)
    used = [label]
    if first:
        read = _read_line(contact, first)
        if read is None:
            return _left_alone(lines[label], draft)
        contact = read
    for index in range(label + 1, min(label + 1 + _MAX_LINES, len(lines))):
        read = _read_line(contact, lines[index].text) if lines[index].kind != "other" else None
        if read is None:
            break
        contact, used = read, [*used, index]
    if not contact.reachable:
        return _left_alone(lines[label], draft)
    source = [lines[index] for index in used]
    kept = [line for line in source if line.number is not None and _HIDDEN.search(line.text)]
    _fill(draft, contact, source, kept)
    return {index for index in used if lines[index] not in kept}


def _label(line: Line) -> str | None:
    """Give the label if the line is one, alone or with something behind a colon or a dash."""
    match = _LABEL.match(line.text) if line.kind != "other" else None
    if not match or not re.match(r"\s{0,3}(?:$|[:–—]|-\s)", line.text[match.end() :]):
        return None
    return match[0]


def _after_label(text: str) -> str:
    match = _LABEL.match(text)
    return text[match.end() :].lstrip(" \u00a0:–—-") if match else text


def _read_line(contact: Contact, text: str) -> Contact | None:
    """Add what a line says; None if any part of it is no part of a contact, or one that is known already."""
    rest, closed = text, contact.reachable
    for name, pattern in (("hidden", _HIDDEN), ("email", _EMAIL), ("phone", _PHONE)):
        found = pattern.search(rest)
        if not found:
            continue
        if getattr(contact, name) or not _plausible(name, found[0]):
            return None
        contact = replace(contact, **{name: " ".join(found[0].split())})
        rest = f"{rest[: found.start()]} , {rest[found.end() :]}"
    for part in _CUT.split(rest):
        read = _add_words(contact, part.strip(" \u00a0()<>:"), closed=closed)
        if read is None:
            return None
        contact = read
    return contact


def _plausible(name: str, value: str) -> bool:
    return name != "phone" or (
        whole_date(value) is None and sum(c.isdigit() for c in value) >= 7 and len(value) <= MAX_PHONE
    )


def _add_words(contact: Contact, part: str, *, closed: bool) -> Contact | None:
    """Add a name or a role; `closed` means that an earlier line ended the introduction with an address or a number."""
    label = _FIELD_LABEL.match(part)
    if label:
        part = part[label.end() :].strip()
    if not part:
        return contact
    if not contact.name and looks_like_name(part):
        return replace(contact, name=part)
    role = f"{contact.role}, {part}" if contact.role else part
    if contact.name and not closed and may_be_role(part) and len(role) <= MAX_NAME:
        return replace(contact, role=role)
    return None


def _left_alone(label: Line, draft: StatementDraft) -> set[int]:
    draft.notes.append(
        f"“{_short(label.text)}”{label.place} may name a media contact, but it couldn't be taken apart; it stays in "
        "the body."
    )
    return set()


def _fill(draft: StatementDraft, contact: Contact, source: Sequence[Line], kept: Sequence[Line]) -> None:
    draft.contact_name, draft.contact_role, draft.contact_phone = contact.name, contact.role, contact.phone
    draft.notes.append(f"The media contact was read from {quote(source)}.")
    if contact.hidden:
        advice = f" {quote(kept)} stays in the body; take it out there." if kept else ""
        draft.notes.append(
            f"The email address of the media contact reads “{contact.hidden}”: the web page hid it. "
            f"Please type the real one.{advice}"
        )
    if contact.email:
        try:
            draft.contact_email = EmailAddress.parse(contact.email.rstrip(".")).text
        except Invalid:
            draft.notes.append(f"“{contact.email}” is no usable email address. Please type the right one.")


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79].rstrip()}…"
