"""A statement as a mail: the newsletter's subject, HTML and text, with slots for each reader's own links and names."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from app.errors import Invalid, Problem
from app.links import Links
from app.mail import merge_fields
from app.mail.branding import Branding
from app.mail.encoding import hide_slots, show_slots, slot
from app.mail.language import Language, clean, one_line
from app.mail.markdown import field_problems, isolate_addresses, to_html, to_note, to_texts
from app.mail.merge_fields import open_slots
from app.mail.templates import Rendered, render

__all__ = ["Lines", "Picture", "Rendered", "StatementView", "render_newsletter"]

PICTURE_WIDTH = 544
PREHEADER_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture above a statement; an empty `alt` says that it is decoration. Width and height are in pixels."""

    url: str
    alt: str
    width: int
    height: int

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height in the mail."""
        width = max(min(self.width, PICTURE_WIDTH), 1)
        return width, max(round(self.height * width / max(self.width, 1)), 1)


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement as its readers see it; `body` is Markdown, `url` its page in the archive."""

    title: str
    standfirst: str
    easy_summary: str
    issued_on: date
    body: str
    signatory_name: str
    signatory_role: str
    contact_name: str
    contact_role: str
    contact_email: str
    contact_phone: str
    language: str
    picture: Picture | None
    url: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """What a campaign adds to its statement: its own subject and preheader, and a Markdown text that stands above it.

    `intro_language` says in which language that text is; empty means in that of the statement.
    """

    subject: str = ""
    preheader: str = ""
    intro: str = ""
    intro_language: str = ""


def render_newsletter(view: StatementView, branding: Branding, links: Links, lines: Lines | None = None) -> Rendered:
    """Render the mail that carries a statement.

    The subject is the title unless one is given; the line that inboxes show beside it is the standfirst, or else the
    beginning of the text. Title, standfirst, summary, text and all `lines` may hold merge fields. Slots:
    "unsubscribe_url" and "preferences_url", and one for each merge field. Raises Invalid for a broken one, and for a
    subject that would be empty without a name.
    """
    lines = lines or Lines()
    _demand_proper_fields(view, lines)
    language = Language.of(view.language)
    intro_language = Language.of(lines.intro_language or view.language)
    intro, body = to_note(lines.intro), to_html(view.body, personal=True)
    intro_text, body_text = to_texts(intro, body)
    cleaned = _cleaned(view)
    values = {
        "view": cleaned,
        "branding": branding,
        "links": links,
        "subject_line": open_slots(one_line(lines.subject)) or cleaned.title,
        "issued": language.spell_date(view.issued_on),
        "intro": intro_language,
        "intro_html": _isolated(intro, intro_language),
        "intro_text": intro_text,
        "body_html": _isolated(body, language),
        "body_text": body_text,
        "unsubscribe_url": slot("unsubscribe_url"),
        "preferences_url": slot("preferences_url"),
    }
    teaser = open_slots(clean(lines.preheader)).strip() or cleaned.standfirst or body_text
    return render("newsletter", language, values, preheader=_shortened(" ".join(teaser.split())))


def _demand_proper_fields(view: StatementView, lines: Lines) -> None:
    words = {
        "title": view.title,
        "standfirst": view.standfirst,
        "easy_summary": view.easy_summary,
        "subject": lines.subject,
        "preheader": lines.preheader,
    }
    problems = [problem for name, text in words.items() for problem in merge_fields.problems(text, name)]
    problems += [*field_problems(lines.intro, "intro"), *field_problems(view.body, "body")]
    if not one_line(merge_fields.for_everybody(lines.subject or view.title)):
        words_needed = "Put more than merge fields into the subject; it would be empty for readers without a name."
        problems.append(Problem(words_needed, field="subject" if lines.subject else "title"))
    if problems:
        raise Invalid(*problems)


def _isolated(html: str, language: Language) -> Markup:
    # it comes from app.mail.markdown, which lets only the allow-list through
    return Markup(isolate_addresses(html) if language.direction == "rtl" else html)  # noqa: S704


def _cleaned(view: StatementView) -> StatementView:
    """The same without anything that is no text; standfirst and summary alone may have several paragraphs."""
    picture = view.picture
    return StatementView(
        title=open_slots(one_line(view.title)),
        standfirst=open_slots(clean(view.standfirst).strip()),
        easy_summary=open_slots(clean(view.easy_summary).strip()),
        issued_on=view.issued_on,
        body=view.body,
        signatory_name=one_line(view.signatory_name),
        signatory_role=one_line(view.signatory_role),
        contact_name=one_line(view.contact_name),
        contact_role=one_line(view.contact_role),
        contact_email=one_line(view.contact_email),
        contact_phone=one_line(view.contact_phone),
        language=view.language,
        picture=picture and Picture(picture.url, one_line(picture.alt), picture.width, picture.height),
        url=view.url,
        topics=tuple(filter(None, map(one_line, view.topics))),
    )


def _shortened(text: str) -> str:
    hidden, slots = hide_slots(text)
    if len(hidden) <= PREHEADER_LENGTH:
        return text
    return show_slots(f"{hidden[:PREHEADER_LENGTH].rpartition(' ')[0] or hidden[:PREHEADER_LENGTH]}…", slots)
