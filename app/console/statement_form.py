"""The form of a statement: what somebody typed, what is wrong with it, and the content it stands for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.errors import Invalid, Problem
from app.models import Statement, Topic
from app.services.statement_reader import StatementDraft
from app.services.statement_texts import LIMITS, LONGEST_CORRECTION, texts_of
from app.services.statements import Content, Correction

TEXTS = (*LIMITS, "issued_on", "language")
OTHERS = ("topics", "image_id", "image_is", "version", "key", "correcting", "correction")


@dataclass(slots=True)
class StatementForm:
    """Everything on the form as text, so that a page can show it again whatever is wrong with it.

    `image_is` is "described" or "decorative", or empty while nobody has said. `correcting` is "correct", "remove" or
    empty; `key` names this opening of the form: what is typed is kept under it, and a new statement's form makes one
    draft however often it is sent.
    """

    texts: dict[str, str]
    topic_ids: tuple[int, ...] = ()
    image_id: UUID | None = None
    image_is: str = ""
    version: int = 0
    key: UUID | None = None
    correcting: str = ""
    correction: str = ""
    problems: list[Problem] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    @classmethod
    def blank(cls, *, today: date, language: str, topics: Sequence[Topic]) -> "StatementForm":
        """An empty form; where there is one topic only, it is chosen."""
        only = tuple(topic.id for topic in topics) if len(topics) == 1 else ()
        texts = dict.fromkeys(TEXTS, "") | {"issued_on": today.isoformat(), "language": language}
        return cls(texts, topic_ids=only, key=uuid4())

    @classmethod
    def of(cls, statement: Statement) -> "StatementForm":
        """The form filled with what is saved."""
        image_is = "decorative" if statement.image_is_decorative else "described" if statement.image_alt else ""
        return cls(
            texts_of(statement) | {"issued_on": statement.issued_on.isoformat(), "language": statement.language},
            topic_ids=tuple(topic.id for topic in statement.topics),
            image_id=statement.image_id,
            image_is=image_is,
            version=statement.version,
            key=uuid4(),
            correction=statement.correction,
        )

    @classmethod
    def of_draft(
        cls, draft: StatementDraft, *, blank: "StatementForm", languages: Sequence[str], topics: Sequence[Topic]
    ) -> "StatementForm":
        """The form filled with what was read from a file; what has no place on the form becomes a note."""
        notes = list(draft.notes)
        language = _supported(draft.language, languages)
        if draft.language and language is None:
            notes.append(_("It is in “%(tag)s”, a language that is not set up here.", tag=draft.language))
        issued_on = draft.issued_on.isoformat() if draft.issued_on else blank.texts["issued_on"]
        texts = texts_of(draft) | {"issued_on": issued_on, "language": language or blank.texts["language"]}
        chosen, unknown = _topics_named(draft.topics, topics)
        if unknown:
            notes.append(_("There are no topics called %(names)s.", names=", ".join(unknown)))
        if draft.image_file:
            notes.append(_("The file names an image, %(name)s. Please upload it below.", name=draft.image_file))
        image_is = "decorative" if draft.image_is_decorative else "described" if draft.image_alt else ""
        topic_ids = chosen or blank.topic_ids
        return cls(texts, topic_ids=topic_ids, image_is=image_is, key=blank.key, notes=tuple(notes))

    @classmethod
    def posted(cls, form: MultiDict[str, str]) -> "StatementForm":
        """What a browser sent; nothing is refused yet."""
        texts = {name: form.get(name, "").replace("\r\n", "\n") for name in TEXTS}
        return cls(
            texts,
            topic_ids=tuple(i for i in dict.fromkeys(form.getlist("topics", type=int)) if 0 < i < 2**63),
            image_id=form.get("image_id", type=UUID),
            image_is=form.get("image_is", ""),
            version=form.get("version", 0, type=int),
            key=form.get("key", type=UUID),
            correcting=form.get("correcting", ""),
            correction=form.get("correction", "").replace("\r\n", "\n"),
        )

    @property
    def is_decorative(self) -> bool:
        """Whether the image is said to be only decoration."""
        return self.image_is == "decorative"

    def says_the_same(self, other: "StatementForm") -> bool:
        """Whether saving either would save the same; how it came to be and its version don't matter."""
        mine, others = ({name: text.strip() for name, text in form.texts.items()} for form in (self, other))
        return (mine, set(self.topic_ids), self.image_id, self.is_decorative) == (
            others,
            set(other.topic_ids),
            other.image_id,
            other.is_decorative,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Everything on the form as names and values, to be sent once more."""
        pairs = [*self.texts.items(), ("version", str(self.version)), ("image_is", self.image_is)]
        pairs += [("topics", str(topic)) for topic in self.topic_ids]
        pairs += [("image_id", str(self.image_id))] if self.image_id else []
        pairs += [("key", str(self.key))] if self.key else []
        return [*pairs, ("correcting", self.correcting), ("correction", self.correction)]

    def remove_image(self) -> None:
        """Forget the image and its description."""
        self.image_id, self.image_is, self.texts["image_alt"] = None, "", ""

    def content(self, *, today: date, languages: Iterable[str]) -> Content:
        """The content it stands for.

        What can't be read is added to `problems`; today's date stands in, so that the service finds what else is wrong.
        """
        values: dict[str, str] = {**self.texts}
        issued_on = self._date(values.pop("issued_on")) or today
        language = values.pop("language")
        if language not in set(languages):
            self.problems.append(Problem(_("Choose one of the languages."), field="language"))
        self._check_image()
        values["image_alt"] = "" if self.is_decorative else values["image_alt"]
        return Content(
            **values,
            issued_on=issued_on,
            language=language,
            image_id=self.image_id,
            image_is_decorative=self.is_decorative,
            topic_ids=self.topic_ids,
        )

    def corrected(self, now: datetime) -> Correction | None:
        """What readers shall be told was corrected; None if nothing about that changes."""
        if self.correcting == "remove":
            return Correction("", now)
        if self.correcting != "correct":
            return None
        if not self.correction.strip():
            words = _("Say in a sentence what was wrong and what is right, or choose that nothing is shown.")
            self.problems.append(Problem(words, field="correction"))
        elif len(self.correction) > LONGEST_CORRECTION:
            words = _("Say it in %(limit)d characters at most.", limit=LONGEST_CORRECTION)
            self.problems.append(Problem(words, field="correction"))
        return Correction(self.correction, now)

    def add(self, refused: Invalid) -> None:
        """Take over what a service found."""
        self.problems += refused.problems

    def _date(self, text: str) -> date | None:
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            words = _("Enter the date of issue as year, month and day, such as 2026-11-24.")
            self.problems.append(Problem(words, field="issued_on"))
            return None

    def _check_image(self) -> None:
        described = bool(self.texts["image_alt"].strip())
        if self.image_id is None and described:
            words = _("You described an image, but none is chosen. Choose it, or clear the description.")
            self.problems.append(Problem(words, field="image"))
        elif self.image_id is not None and described and self.is_decorative:
            words = _("You described the image and called it decorative. Keep one of the two.")
            self.problems.append(Problem(words, field="image_alt"))
        elif self.image_id is not None and not described and not self.is_decorative:
            words = _("Describe what the image shows, or choose that it is only decoration.")
            self.problems.append(Problem(words, field="image_alt"))


def labels() -> Mapping[str, str]:
    """The fields' names as staff read them, in the order of the form."""
    return {
        "title": _("Title"),
        "standfirst": _("Standfirst"),
        "easy_summary": _("In easy words"),
        "body": _("Text"),
        "issued_on": _("Date of issue"),
        "language": _("Language"),
        "topics": _("Topics"),
        "image": _("Image"),
        "image_alt": _("Description of the image"),
        "signatory_name": _("Signatory"),
        "signatory_role": _("Role of the signatory"),
        "contact_name": _("Media contact"),
        "contact_role": _("Role of the media contact"),
        "contact_email": _("Email address of the media contact"),
        "contact_phone": _("Telephone of the media contact"),
        "correction": _("What was corrected"),
    }


def _supported(tag: str | None, languages: Sequence[str]) -> str | None:
    wanted = (tag or "").lower()
    exact = [language for language in languages if language.lower() == wanted]
    related = [language for language in languages if language.lower() == wanted.partition("-")[0]]
    return next(iter(exact + related), None)


def _topics_named(names: Iterable[str], topics: Sequence[Topic]) -> tuple[tuple[int, ...], list[str]]:
    known = {name.casefold(): topic.id for topic in topics for name in (topic.slug, topic.name)}
    names = list(names)
    chosen = tuple(dict.fromkeys(known[name.casefold()] for name in names if name.casefold() in known))
    return chosen, [name for name in names if name.casefold() not in known]
