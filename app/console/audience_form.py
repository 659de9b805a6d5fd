"""The form of a campaign's audience: what was chosen, what is wrong with it, and the people it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.console import audience_words
from app.db import db
from app.errors import Invalid, Problem
from app.models import Campaign, Topic
from app.services import audience, topics
from app.services.audience import Audience


@dataclass(slots=True)
class AudienceForm:
    """What is chosen on the form; `excluded` is the public id of the campaign to leave out, or empty."""

    topics: Sequence[Topic] = ()
    languages: tuple[str, ...] = ()
    excluded_topics: Sequence[Topic] = ()
    excluded_campaign: Campaign | None = None
    repeats: Campaign | None = None
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, campaign: Campaign) -> "AudienceForm":
        """As it is saved."""
        return cls(
            list(campaign.topics),
            tuple(campaign.languages),
            list(campaign.excluded_topics),
            campaign.excluded_campaign,
            campaign.repeats,
        )

    @classmethod
    def posted(cls, values: MultiDict[str, str], campaign: Campaign) -> "AudienceForm":
        """What a browser sent; what can't be meant is told in `problems`."""
        form = cls(languages=tuple(dict.fromkeys(tag[:12] for tag in values.getlist("languages"))))
        form.topics = form._topics(values, "topics")
        form.excluded_topics = form._topics(values, "excluded_topics")
        form.excluded_campaign = form._campaign(values.get("excluded_campaign", ""))
        form.repeats = campaign.repeats if "repeats" in values else None
        form._check(campaign)
        return form

    @property
    def whom(self) -> Audience:
        """The people it stands for."""
        return Audience(
            tuple(topic.id for topic in self.topics),
            self.languages,
            tuple(topic.id for topic in self.excluded_topics),
            self.excluded_campaign.id if self.excluded_campaign is not None else None,
            self.repeats.id if self.repeats is not None else None,
        )

    @property
    def words(self) -> str:
        """The same as a sentence; empty while no topic is chosen."""
        if not self.topics:
            return ""
        return audience_words.describe(
            self.topics, self.languages, self.excluded_topics, self.excluded_campaign, self.repeats
        )

    def count(self) -> int:
        """How many people that are now."""
        return audience.count(db.session(), self.whom) if self.topics else 0

    def apply(self, campaign: Campaign) -> None:
        """Let the campaign have this audience."""
        campaign.topics, campaign.excluded_topics = list(self.topics), list(self.excluded_topics)
        campaign.languages = list(self.languages)
        campaign.excluded_campaign, campaign.repeats = self.excluded_campaign, self.repeats

    def _topics(self, values: MultiDict[str, str], name: str) -> list[Topic]:
        ids = values.getlist(name, type=int)
        try:
            return topics.by_ids(db.session(), ids)
        except Invalid as refused:
            self.problems += [Problem(problem.message, field=name) for problem in refused.problems]
            return []

    def _campaign(self, public_id: str) -> Campaign | None:
        if not public_id:
            return None
        try:
            found = db.session().scalar(select(Campaign).where(Campaign.public_id == UUID(public_id)))
        except ValueError:
            found = None
        if found is None:
            words = _("That campaign does not exist any more. Choose another one, or none.")
            self.problems.append(Problem(words, field="excluded_campaign"))
        return found

    def _check(self, campaign: Campaign) -> None:
        if not self.topics and not self.problems:
            self.problems.append(Problem(_("Choose at least one topic."), field="topics"))
        both = [topic.name for topic in self.topics if topic in self.excluded_topics]
        if both:
            words = _("%(topics)s can't be chosen and left out at once.", topics=", ".join(both))
            self.problems.append(Problem(words, field="excluded_topics"))
        if self.excluded_campaign is campaign:
            self.problems.append(Problem(_("A campaign can't leave out its own readers."), field="excluded_campaign"))
