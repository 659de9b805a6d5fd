"""Email addresses: parsed once at the door, then carried as a value that can't be wrong.

The local part may be internationalised (RFC 6531); the domain is kept as A-labels made by IDNA2008 (RFC
5891), which differ from what the standard library's codec gives. Lengths are those of RFC 5321 section
4.5.3.1.
"""

import unicodedata
from dataclasses import dataclass
from typing import Self

import idna
from email_validator import EmailNotValidError, validate_email

from app.errors import Invalid, Problem, Sentence

MAX_LOCAL_OCTETS = 64
MAX_ADDRESS_OCTETS = 254
_MAX_TYPED_CHARACTERS = 1000
_UNSAFE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """One mailbox, made only by `parse`.

    `text` is for people: as typed, NFC, the domain in Unicode. `local` and `domain` (A-labels, lower case)
    are for machines. A local part keeps its case: only its own server may ignore it (RFC 5321 section 2.4).
    """

    text: str
    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the address that somebody typed; spaces around it don't matter.

        Domains reserved for tests and examples (RFC 2606) are accepted, so that demonstrations work.
        Raises Invalid, with a problem of the field "email" that says what to mend.
        """
        typed = text.strip(" \u00a0\u3000")
        _refuse_obvious_faults(typed)
        try:
            found = validate_email(typed, allow_smtputf8=True, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise _invalid(str(error)) from error
        address = cls(f"{found.local_part}@{found.domain}", found.local_part, found.ascii_domain.lower())
        _refuse_wrong_size(address)
        return address

    @property
    def wire(self) -> str:
        """What goes into the envelope and the header; not ASCII if `needs_smtputf8`."""
        return f"{self.local}@{self.domain}"

    @property
    def ascii(self) -> str | None:
        """The address in ASCII alone, or None when the local part has no such form."""
        return None if self.needs_smtputf8 else self.wire

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only servers with SMTPUTF8 can take it (RFC 6531 section 3)."""
        return not self.local.isascii()

    @property
    def identity(self) -> str:
        """The key under which duplicates are found: caseless and normalised, tags and dots untouched."""
        return f"{fold(self.local)}@{self.domain}"

    def __str__(self) -> str:
        return self.text


def fold(text: str) -> str:
    """The text without regard to case and Unicode form, as local parts are compared.

    Canonical caseless matching (Unicode section 3.13) decomposes before it folds, for the sake of marks
    that would fold differently otherwise.
    """
    folded = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFC", folded)


def domain_to_ascii(domain: str) -> str:
    """Give the lower-case A-label form of a domain; raises Invalid (field "domain") if it has none."""
    try:
        return idna.encode(domain.strip(), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise Invalid(Problem(f"“{domain}” is not a domain name: {error}.", field="domain")) from error


def _refuse_obvious_faults(typed: str) -> None:
    if not typed:
        raise _invalid("Please type an email address.")
    if any(unicodedata.category(character) in _UNSAFE_CATEGORIES for character in typed):
        raise _invalid("The address holds a line break or a control character. Please type it again.")
    if len(typed) > _MAX_TYPED_CHARACTERS:
        raise _invalid(Sentence("The address is too long: at most %(limit)d characters fit.", limit=MAX_ADDRESS_OCTETS))
    if "@" not in typed:
        raise _invalid("The @ sign is missing. An address looks like name@example.org.")
    if any(character.isspace() for character in typed):
        raise _invalid("There is a space in the address. Please remove it.")


def _refuse_wrong_size(address: EmailAddress) -> None:
    if "." not in address.domain:
        raise _invalid("The part after the @ sign is incomplete. It should look like example.org.")
    if len(address.local.encode()) > MAX_LOCAL_OCTETS:
        fault = Sentence("The part before the @ sign is too long: at most %(limit)d bytes fit.", limit=MAX_LOCAL_OCTETS)
        raise _invalid(fault)
    if len(address.wire.encode()) > MAX_ADDRESS_OCTETS:
        raise _invalid(Sentence("The address is too long: at most %(limit)d bytes fit.", limit=MAX_ADDRESS_OCTETS))


def _invalid(message: str) -> Invalid:
    return Invalid(Problem(message, field="email"))
