"""`make messages`: bring every catalogue up to what the code and the templates say, and tell what is missing."""

from collections.abc import Iterable
from io import BytesIO

import click
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from app.translations import SOURCE, catalogue_path, languages
from app.translations.collecting import collect

_OF_A_MOMENT = tuple(
    f'"{name}'.encode() for name in ("Project", "Report", "POT-", "PO-", "Last-", "Language-Team", "Generated-By")
)
"""Lines of the header that git knows better, or that would change each time."""


@click.command()
@click.argument("new", nargs=-1)
def messages(new: tuple[str, ...]) -> None:
    """Renew all catalogues, and begin one for each language named NEW (such as pt or pt-BR)."""
    template = collect()
    for tag in [*languages(), *new]:
        if tag != SOURCE:
            missing = list(untranslated(renew(tag, template)))
            click.echo(f"{tag}: {len(missing)} of {len(template)} to translate" if missing else f"{tag}: complete")


def renew(tag: str, template: Catalog) -> Catalog:
    """Put new words into a language's catalogue and take out those that are gone; what is translated stays."""
    path = catalogue_path(tag)
    locale = Locale.parse(tag, sep="-")
    if path.is_file():
        with path.open("rb") as file:
            known = read_po(file, locale=locale)
    else:
        known = Catalog(locale=locale)
    fresh = Catalog(locale=locale, header_comment=f"# {locale.get_display_name('en')}", fuzzy=False)
    for message in template:
        if message.id:
            before = known.get(message.id if isinstance(message.id, str) else message.id[0])
            fresh.add(
                message.id,
                _kept(before, message),
                message.locations,
                flags=("fuzzy",) if before is not None and before.fuzzy else (),
                auto_comments=message.auto_comments,
            )
    written = BytesIO()
    write_po(written, fresh, width=120, include_lineno=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"".join(line for line in written.getvalue().splitlines(True) if not line.startswith(_OF_A_MOMENT))
    )
    return fresh


def untranslated(found: Catalog) -> Iterable[Message]:
    """The messages that lack words."""
    return (one for one in found if one.id and not all(forms(one)))


def forms(message: Message) -> tuple[str, ...]:
    """What a message is in its language: one text, or one for each of the language's plural forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(map(str, message.string or ()))


def _kept(known: Message | None, message: Message) -> str | tuple[str, ...]:
    if known is None or known.pluralizable != message.pluralizable:
        return ("",) if message.pluralizable else ""
    return forms(known) if message.pluralizable else forms(known)[0]


if __name__ == "__main__":
    messages()
