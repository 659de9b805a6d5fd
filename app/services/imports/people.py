"""A person of a file as a row: the address parsed, the name tidied, the reason if the file itself refuses them."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from app.errors import Invalid
from app.mail.address import MAX_ADDRESS_OCTETS, MAX_LOCAL_OCTETS, EmailAddress
from app.services.imports.record import Record
from app.services.imports.refusals import Refusal
from app.services.names import Names
from app.services.suppressions import address_hmac
from app.settings import Settings

LONGEST_SHOWN = 320
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.-]+)")


class Row(NamedTuple):
    """A row of `import_rows`, before the database is asked about it."""

    line: int
    reason: str
    address: str
    local: str = ""
    domain: str = ""
    identity: str = ""
    address_hmac: bytes | None = None
    language: str = ""
    first_name: str = ""
    last_name: str = ""


def row_of(record: Record, line: int, settings: Settings) -> Row:
    """The row of a record, under this number of a line."""
    if not record.address:
        return Row(line, record.refusal or Refusal.NO_ADDRESS, "")
    try:
        address = parse(record.address)
    except Invalid as error:
        return Row(line, error.problems[0].message, record.address[:LONGEST_SHOWN])
    names = _names(record)
    return Row(
        line,
        record.refusal or "",
        address.text,
        address.local,
        address.domain,
        address.identity,
        address_hmac(settings, address),
        _language(record.language, settings.languages),
        names.first,
        names.last,
    )


def parse(text: str) -> EmailAddress:
    """The same as `EmailAddress.parse`, ten times as fast for addresses in ASCII: each domain is looked at once."""
    found = _PLAIN.fullmatch(text)
    if found is None or len(found[1]) > MAX_LOCAL_OCTETS:
        return EmailAddress.parse(text)
    written, domain = _domain(found[2])
    if not domain or len(found[1]) + 1 + len(domain) > MAX_ADDRESS_OCTETS:
        return EmailAddress.parse(text)
    return EmailAddress(f"{found[1]}@{written}", found[1], domain)


@lru_cache(maxsize=20_000)
def _domain(text: str) -> tuple[str, str]:
    """A domain as people and as machines write it; two empty texts if it is none."""
    try:
        address = EmailAddress.parse(f"a@{text}")
    except Invalid:
        return "", ""
    return address.text.removeprefix("a@"), address.domain


def _names(record: Record) -> Names:
    """What the file calls them; what can't be a name is left out, because a name is optional."""
    try:
        return Names.typed(record.first_name, record.last_name)
    except Invalid:
        return Names()


def _language(text: str, offered: Collection[str]) -> str:
    """The language offered here that the file means, such as `fr` for `fr_CA`; empty if it is none of them."""
    wanted = text.strip().replace("_", "-").casefold()
    by_tag = {tag.casefold(): tag for tag in offered}
    return by_tag.get(wanted) or by_tag.get(wanted.partition("-")[0], "")
