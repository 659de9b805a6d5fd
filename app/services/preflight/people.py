"""Whom it would reach: anybody, as many as last time, the same people twice, and in a language that they read."""

import math
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from app.mail.language import Language
from app.models import Campaign, Delivery, DeliveryState, Subscriber, campaign_topics
from app.services import audience, languages
from app.services.office_time import spell_moment
from app.services.preflight.findings import Finding
from app.services.preflight.situation import Situation
from app.services.preflight.spoken_language import language_name

UNUSUAL = 0.3
_FEW = 10
_MANY = 0.05
_SAME_SUBJECT_DAYS = 60
_NOT_SENT = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.SKIPPED)


def check_anybody(situation: Situation) -> Iterator[Finding]:
    """An audience of nobody."""
    if situation.people:
        return
    if not situation.whom.topic_ids:
        words, mend = "No topic is chosen, so nobody would get it.", "Choose at least one topic."
    else:
        words = "Nobody would get it: no reader who confirmed these topics fits the audience."
        mend = "Choose other topics or languages, or share the sign-up form first."
    yield Finding("audience", "error", "Who gets it", words, mend, "topics")


def check_number(situation: Situation) -> Iterator[Finding]:
    """More than 30 % more or fewer than the last campaign to one of the same topics had."""
    whom, people = situation.whom, situation.people
    last = _last_to_these_topics(situation)
    if last is None or not people or whom.repeats_id is not None or whom.excluded_campaign_id is not None:
        return
    before = situation.session.scalar(select(func.count()).where(Delivery.campaign_id == last.id)) or 0
    difference = abs(people - before)
    if before and difference > _FEW and difference > UNUSUAL * before:
        words = f"{people:,} people would get this; last time, with “{last.subject}”, it was {before:,}. Why?"
        mend = "Look at topics, languages and exceptions once more. If they are right, acknowledge this."
        about = f"{last.public_id} {round(math.log2(people / before))}"
        yield Finding("audience-size", "warning", "Number of people", words, mend, "audience", about=about)


def check_sent_before(situation: Situation) -> Iterator[Finding]:
    """The same statement to the same people, or another one under the same subject not long ago."""
    before = _earlier(situation)
    if before is not None and (again := _who_got_it(situation)):
        words = (
            f"{again:,} of these {situation.people:,} people were sent this statement already, the last time on "
            f"{_moment(situation, before)}."
        )
        mend = "Leave those out who got that campaign. If they shall get it a second time, acknowledge this."
        about = f"{before.public_id}"
        yield Finding("sent-before", "warning", "Sent to these people before", words, mend, "audience", about=about)
    same = _same_subject(situation)
    if same is not None:
        words = f"A mail with the same subject was sent on {_moment(situation, same)}."
        mend = "Make sure that this isn't a copy of it; write another subject if it is a new statement."
        about = f"{same.public_id}"
        yield Finding("sent-before", "warning", "Sent to these people before", words, mend, "subject", about=about)


def check_languages(situation: Situation) -> Iterator[Finding]:
    """Languages that many of these people read, and that the statement isn't there in."""
    statement, offered = situation.campaign.statement, situation.press.settings.languages
    available = languages.tags(statement)
    primaries = {Language.of(tag).primary for tag in available}
    number = func.count(Subscriber.id)
    query = audience.eligible(situation.whom, Subscriber.language, number).group_by(Subscriber.language)
    for tag, readers in situation.session.execute(query.order_by(number.desc(), Subscriber.language)).all():
        if Language.of(tag).primary in primaries or readers < _MANY * situation.people:
            continue
        instead = languages.choose([tag], available, statement.language, offered)
        people = "1 of these people reads" if readers == 1 else f"{readers:,} of these people read"
        words = f"{people} {language_name(tag)}; there is no such version, so they get it in {language_name(instead)}."
        mend = "Add a translation, if there is one."
        yield Finding("translation", "note", "Languages of these readers", words, mend, about=tag)


def _last_to_these_topics(situation: Situation) -> Campaign | None:
    shared = exists().where(
        campaign_topics.c.campaign_id == Campaign.id, campaign_topics.c.topic_id.in_(situation.whom.topic_ids)
    )
    planned = Campaign.planned_at.is_not(None), Campaign.started_at.is_not(None), Campaign.repeats_id.is_(None)
    others = select(Campaign).where(shared, *planned, Campaign.id != situation.campaign.id)
    return situation.session.scalar(others.order_by(Campaign.started_at.desc(), Campaign.id.desc()).limit(1))


def _earlier(situation: Situation) -> Campaign | None:
    """The newest other campaign of this statement that was ever started."""
    campaign = situation.campaign
    theirs = Campaign.statement_id == campaign.statement_id, Campaign.started_at.is_not(None)
    others = select(Campaign).where(*theirs, Campaign.id != campaign.id)
    return situation.session.scalar(others.order_by(Campaign.id.desc()).limit(1))


def _who_got_it(situation: Situation) -> int:
    """How many of these people were sent this statement, or have it coming."""
    campaign = situation.campaign
    earlier = select(Campaign.id).where(Campaign.statement_id == campaign.statement_id, Campaign.id != campaign.id)
    got = exists().where(
        Delivery.subscriber_id == Subscriber.id,
        Delivery.campaign_id.in_(earlier.scalar_subquery()),
        Delivery.state.not_in(_NOT_SENT),
    )
    return situation.session.scalar(audience.eligible(situation.whom, func.count(Subscriber.id)).where(got)) or 0


def _same_subject(situation: Situation) -> Campaign | None:
    campaign = situation.campaign
    recently = situation.now - timedelta(days=_SAME_SUBJECT_DAYS)
    others = select(Campaign).where(
        func.lower(Campaign.subject) == campaign.subject.lower(),
        Campaign.statement_id != campaign.statement_id,
        Campaign.started_at > recently,
    )
    return situation.session.scalar(others.order_by(Campaign.started_at.desc()).limit(1))


def _moment(situation: Situation, campaign: Campaign) -> str:
    zone = ZoneInfo(situation.press.settings.office_timezone)
    return spell_moment(campaign.started_at, zone) if campaign.started_at else ""
