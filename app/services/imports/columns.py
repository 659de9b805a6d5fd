"""What stands in which column of a CSV file, as its first line says."""

import csv
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import Invalid, Problem

_DELIMITERS = ",;\t|"
_FORMULAS = tuple("=+-@＝＋－＠")
NAMES: Mapping[str, str] = {
    "address": "email|emailaddress|mail|mailaddress|address|adressemail|adresseemail|adressemel|courriel|"
    "emailadresse|mailadresse|correo|correoelectronico|البريدالالكتروني|البريدالإلكتروني",
    "first_name": "firstname|fname|givenname|forename|vorname|prenom|nombre",
    "last_name": "lastname|lname|surname|familyname|nachname|nom|nomdefamille|apellido|apellidos",
    "name": "name|fullname|displayname|realname",
    "language": "language|lang|locale|sprache|langue|idioma",
    "standing": "status|subscriptionstatus|subscribed",
    "left": "unsubscribed|unsubscribedat|unsubscribedate|unsubtime|optout|optedout|optouttime|optoutdate",
    "bounced": "bounced|bouncedat|cleaned|cleantime",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The delimiter, where each thing stands, and all headings as `plain` has them."""

    delimiter: str
    places: Mapping[str, Sequence[int]]
    headings: Sequence[str] = ()

    @classmethod
    def of(cls, first_line: str) -> "Columns":
        """Read the first line; raises Invalid if no column of it holds an address.

        A file without headings is one whose first line holds an address.
        """
        delimiter = max(_DELIMITERS, key=_outside_quotes(first_line).count)
        try:
            cells = next(csv.reader([first_line], delimiter=delimiter), [])
        except csv.Error as error:
            raise Invalid(Problem("The first line can't be read. Is this a table?", field="file", line=1)) from error
        for place, cell in enumerate(cells):
            if "@" in cell:
                return cls(delimiter, {"address": [place]})
        headings = [plain(cell) for cell in cells]
        by_name = {plain(alias): name for name, aliases in NAMES.items() for alias in aliases.split("|")}
        places: dict[str, list[int]] = {}
        for place, heading in enumerate(headings):
            if heading in by_name:
                places.setdefault(by_name[heading], []).append(place)
        if "address" not in places:
            seen = ", ".join(f"“{cell.strip()[:40]}”" for cell in cells[:8]) or "nothing"
            words = f"No column is called “email”. The first line says: {seen}. Write the names of the columns into it."
            raise Invalid(Problem(words, field="file", line=1))
        return cls(delimiter, places, headings)

    def cell(self, row: Sequence[str], name: str) -> str:
        """What a row says in the first such column; empty if there is none, or the row is too short."""
        return next(iter(self.cells(row, name)), "")

    def cells(self, row: Sequence[str], name: str) -> Sequence[str]:
        """What a row says in each such column."""
        return [unguarded(row[place].strip()) if place < len(row) else "" for place in self.places.get(name, ())]

    @property
    def has_headings(self) -> bool:
        """Whether the first line holds headings, and nobody."""
        return bool(self.headings)


def plain(heading: str) -> str:
    """A heading without regard to case, accents, blanks and signs."""
    letters = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def unguarded(text: str) -> str:
    """A cell without the apostrophe by which exports keep spreadsheets from running it (OWASP, CSV injection)."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULAS) else text


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
