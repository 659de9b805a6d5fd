"""What the checks read: each language version of a campaign's mail, rendered as it would be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import Invalid
from app.errors import Problem as Refusal
from app.mail.lint import errors
from app.mail.merge_fields import close_slots, for_everybody
from app.mail.page import Page, read_page
from app.mail.problems import Problem
from app.models import Campaign, Edition, Topic
from app.services import editions, languages
from app.services.editions import Press
from app.services.languages import StatementText

_PREHEADER = "preheader"


@dataclass(frozen=True, slots=True)
class Reading:
    """One language version: what its author wrote (`text`), and the mail that was made of it.

    `subject` and `page` are as everybody reads them, with the words that stand for unknown names; the links that are
    each reader's own are empty in it. `teaser` is the author's own preview line, empty if there is none. `problems` are
    those of the finished message, for a reader without a name and for the one with the longest. `label` names the
    language where there are several.
    """

    text: StatementText
    label: str
    edition: Edition
    subject: str
    teaser: str
    page: Page
    problems: Sequence[Problem]

    @property
    def preheader(self) -> str:
        """The line that inboxes show beside the subject."""
        boxes = (box for box in self.page.boxes if box.get("class") == _PREHEADER)
        return next((" ".join("".join(box.element.itertext()).split()) for box in boxes), "")

    @property
    def passages(self) -> tuple[tuple[str, str], ...]:
        """Everything that is read, with the field in which it is written; what two fields have alike stands once."""
        title, standfirst = for_everybody(self.text.title), for_everybody(self.text.standfirst)
        easy_summary = for_everybody(self.text.easy_summary)
        body = self.page.visible_text
        for line in (title, *standfirst.splitlines(), *easy_summary.splitlines()):
            body = body.replace(line, "", 1)
        described = [box.get("alt") for box in self.page.by_tag.get("img", [])]
        found = (
            ("title", title),
            ("standfirst", standfirst),
            ("easy_summary", easy_summary),
            ("subject", self.subject if self.subject != title else ""),
            ("preheader", self.preheader if self.teaser != self.text.standfirst else ""),
            ("body", "\n".join([body, *described])),
        )
        return tuple((place, text) for place, text in found if text)

    @property
    def words(self) -> str:
        """The same as one text."""
        return "\n".join(text for _, text in self.passages)


def read(press: Press, campaign: Campaign) -> tuple[list[Reading], tuple[Refusal, ...]]:
    """All language versions, the original first; or what keeps them from being rendered at all."""
    campaign = with_topics(press, campaign)
    texts = {version.language: version for version in languages.versions(campaign.statement)}
    try:
        made = editions.render_all(press, campaign)
        return [_reading(press, campaign, edition, texts) for edition in made], ()
    except Invalid as refused:
        return [], refused.problems


def with_topics(press: Press, campaign: Campaign) -> Campaign:
    """The campaign, or one like it with a topic of its own that is never kept: List-Id is made of the first."""
    if campaign.topics:
        return campaign
    return Campaign(
        id=campaign.id,
        statement=campaign.statement,
        subject=campaign.subject,
        preheader=campaign.preheader,
        intro=campaign.intro,
        topics=[Topic(name=press.settings.organisation, list_label="preview")],
    )


def _reading(press: Press, campaign: Campaign, edition: Edition, texts: Mapping[str, StatementText]) -> Reading:
    text = texts[edition.language]
    found = editions.check(press, editions.nameless_sample(press, campaign, edition))
    codes = {problem.code for problem in found}
    longest = errors(editions.check(press, editions.sample(press, campaign, edition)))
    return Reading(
        text=text,
        label=edition.language if len(texts) > 1 else "",
        edition=edition,
        subject=close_slots(edition.subject),
        teaser=(campaign.preheader if text.is_original else "") or text.standfirst,
        page=read_page(close_slots(edition.html)),
        problems=[*found, *(problem for problem in longest if problem.code not in codes)],
    )
