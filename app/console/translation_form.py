"""The form of one more language of a statement: what somebody typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.console.statement_form import labels
from app.errors import Invalid, Problem
from app.models import Statement
from app.services.languages import TRANSLATED
from app.services.statement_texts import TranslatedTexts
from app.services.statements import translation_in


@dataclass(slots=True)
class TranslationForm:
    """The texts as typed, the version of the statement that their author began with; `key` names this opening."""

    texts: dict[str, str]
    version: int = 0
    key: UUID | None = None
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, statement: Statement, language: str) -> "TranslationForm":
        """The form filled with what is saved in this language; empty for a new one."""
        translation = translation_in(statement, language)
        texts = {name: str(getattr(translation, name)) if translation else "" for name in TRANSLATED}
        return cls(texts, statement.version, uuid4())

    @classmethod
    def posted(cls, form: MultiDict[str, str]) -> "TranslationForm":
        """What a browser sent; nothing is refused yet."""
        texts = {name: form.get(name, "").replace("\r\n", "\n") for name in TRANSLATED}
        return cls(texts, form.get("version", 0, type=int), form.get("key", type=UUID))

    def content(self, statement: Statement) -> TranslatedTexts:
        """The texts that it stands for; what is missing beside the original is added to `problems`."""
        if statement.image_id and not statement.image_is_decorative and not self.texts["image_alt"].strip():
            words = _("Describe the image in this language too.")
            self.problems.append(Problem(words, field="image_alt"))
        return TranslatedTexts(**self.texts)

    def add(self, refused: Invalid) -> None:
        """Take over what a service found."""
        self.problems += refused.problems

    def says_the_same(self, other: "TranslationForm") -> bool:
        """Whether saving either would save the same."""
        mine, others = ({name: text.strip() for name, text in form.texts.items()} for form in (self, other))
        return mine == others

    def pairs(self) -> list[tuple[str, str]]:
        """Everything on the form as names and values, to be sent once more."""
        return [*self.texts.items(), ("version", str(self.version)), *([("key", str(self.key))] if self.key else [])]


def translated_labels(statement: Statement) -> Mapping[str, str]:
    """The fields that a translation of this statement has, in the order of the form."""
    names = {name: words for name, words in labels().items() if name in TRANSLATED}
    if not statement.image_id or statement.image_is_decorative:
        names.pop("image_alt")
    for name in ("signatory_role", "contact_role", "correction"):
        if not getattr(statement, name):
            names.pop(name)
    return names
