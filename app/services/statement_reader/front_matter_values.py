"""The keys of the front matter: what each may hold, and where it goes in the draft."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from app.errors import Invalid, Problem
from app.mail.address import EmailAddress
from app.services.statement_reader.dates import whole_date
from app.services.statement_reader.draft import MAX_NAME, MAX_PHONE, StatementDraft
from app.services.statement_texts import LIMITS

_TEXTS = {name: LIMITS[name] for name in ("title", "standfirst", "easy_summary", "image_alt")}
_PEOPLE = {
    "signatory": {"name": MAX_NAME, "role": MAX_NAME},
    "contact": {"name": MAX_NAME, "role": MAX_NAME, "email": LIMITS["contact_email"], "phone": MAX_PHONE},
}
KEYS = (*_TEXTS, "date", "signatory", "contact", "language", "topics", "image")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MAX_LANGUAGE = 12


class Values:
    """Reads one mapping into the draft and collects every problem, so that all are shown at once.

    Texts are kept as typed: `phone: +49301234` is no number to us, nor is `language: no` a negation.
    """

    def __init__(self, draft: StatementDraft) -> None:
        self.draft = draft
        self.problems: list[Problem] = []

    def read(self, node: yaml.MappingNode) -> None:
        """Read the whole front matter."""
        described = False
        for key, value in self._pairs(node, KEYS, ""):
            described = described or key == "image_alt"
            if key in _TEXTS:
                setattr(self.draft, key, self._text(key, value, _TEXTS[key]))
            elif key in _PEOPLE:
                self._read_person(key, value)
            elif key == "topics":
                self.draft.topics = self._topics(value)
            else:
                self._read_checked(key, value)
        self._note_image(described)

    def _pairs(self, node: yaml.MappingNode, allowed: tuple[str, ...], prefix: str) -> Iterator[tuple[str, yaml.Node]]:
        seen: set[str] = set()
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key not in allowed:
                self._add(f"The key “{key}” isn't known. Known are: {', '.join(allowed)}.", prefix + key, key_node)
            elif key in seen:
                self._add(f"The key “{key}” stands twice. Keep one.", prefix + key, key_node)
            else:
                seen.add(key)
                yield key, value

    def _read_person(self, key: str, node: yaml.Node) -> None:
        if not isinstance(node, yaml.MappingNode):
            names = ", ".join(_PEOPLE[key])
            self._add(f"Write {names} as lines of their own, indented under “{key}:”.", key, node)
            return
        for part, value in self._pairs(node, tuple(_PEOPLE[key]), f"{key}."):
            text = self._text(f"{key}.{part}", value, _PEOPLE[key][part])
            if text and part == "email":
                text = self._email(text, value)
            setattr(self.draft, f"{key}_{part}", text)

    def _read_checked(self, key: str, node: yaml.Node) -> None:
        text = self._text(key, node, 254)
        if not text:
            return
        if key == "date":
            self.draft.issued_on = whole_date(text)
            if self.draft.issued_on is None:
                self._add(f"“{text}” is no date that can be read. Write it as 2026-03-31.", key, node)
        elif key == "language":
            self.draft.language = text
            if not _LANGUAGE.fullmatch(text) or len(text) > _MAX_LANGUAGE:
                self._add(f"“{text}” is no language tag. Write for example en, fr, de or pt-BR.", key, node)
        else:
            self.draft.image_file = self._image(text, node)

    def _text(self, field: str, node: yaml.Node, longest: int) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._add("One text belongs here, not a list or a group of values.", field, node)
            return ""
        if node.style is None and node.value in ("", "~", "null"):
            return ""
        text = " ".join(str(node.value).split())
        if len(text) > longest:
            self._add(f"The text is too long: {len(text)} characters, and at most {longest} fit.", field, node)
        return text

    def _topics(self, node: yaml.Node) -> tuple[str, ...]:
        """Read a list, or one line with commas."""
        if isinstance(node, yaml.SequenceNode):
            found = [self._text("topics", item, MAX_NAME) for item in node.value]
        else:
            found = [part.strip() for part in self._text("topics", node, 1000).split(",")]
        return tuple(dict.fromkeys(topic for topic in found if topic))

    def _email(self, text: str, node: yaml.Node) -> str:
        try:
            return EmailAddress.parse(text).text
        except Invalid as error:
            self._add(error.problems[0].message, "contact.email", node)
            return ""

    def _image(self, text: str, node: yaml.Node) -> str | None:
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or re.search(r"[:\\]", text):
            self._add("Give the name of an image file that lies beside this file, such as entrance.jpg.", "image", node)
            return None
        return text

    def _note_image(self, described: bool) -> None:
        self.draft.image_is_decorative = bool(self.draft.image_file) and described and not self.draft.image_alt
        if self.draft.image_file and not described:
            self.draft.notes.append(
                "The image has no alternative text. Please describe it, or mark it as decorative "
                "(“image_alt: ''” in the file)."
            )
        if self.draft.image_alt and not self.draft.image_file:
            self.draft.notes.append("There is an alternative text but no image.")

    def _add(self, message: str, field: str, node: yaml.Node) -> None:
        self.problems.append(Problem(message, field=field, line=int(node.start_mark.line) + 2))
