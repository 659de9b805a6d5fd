"""Looking at a campaign: render it, ask every check, and put what they say in order."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Problem
from app.models import Campaign
from app.services import audience, site
from app.services.audience import Audience
from app.services.editions import Press
from app.services.preflight import asked_links, links
from app.services.preflight.checks import CHECKS
from app.services.preflight.findings import Finding, Preflight, in_order
from app.services.preflight.outside import Outside
from app.services.preflight.reading import read
from app.services.preflight.situation import Situation


def look(
    session: Session,
    press: Press,
    campaign: Campaign,
    *,
    now: datetime,
    content_hash: bytes,
    outside: Outside | None = None,
) -> Preflight:
    """All that can be seen to be wrong with a campaign as it is now; nothing is changed.

    `content_hash` names what would be sent; it is empty where that can't even be rendered, and the findings say why.
    """
    press = site.press(session, press)
    readings, refusals = read(press, campaign)
    whom = Audience.of(campaign)
    situation = Situation(
        session=session,
        press=press,
        campaign=campaign,
        readings=readings,
        whom=whom,
        people=audience.count(session, whom) if whom.topic_ids else 0,
        content_hash=content_hash,
        outside=outside or Outside.real(),
        now=now,
    )
    found = [*_refused(refusals), *(finding for check in CHECKS for finding in check(situation))]
    _, asked_at = asked_links.asked(press.settings, content_hash)
    labels = {reading.label for reading in readings}
    return Preflight(content_hash, in_order(_told_once(found, labels)), links.external_links(situation), asked_at)


def _refused(problems: Iterable[Problem]) -> Iterator[Finding]:
    """What keeps the mail from being made at all."""
    for problem in problems:
        yield Finding(
            "rendering", "error", "The text can't become a mail", problem.message, "", problem.field or "body"
        )


def _told_once(found: Iterable[Finding], labels: set[str]) -> Iterator[Finding]:
    """What holds for every language version is said once, without naming one."""
    everywhere: dict[Finding, set[str]] = {}
    findings = list(found)
    for finding in findings:
        everywhere.setdefault(replace(finding, language=""), set()).add(finding.language)
    for finding in findings:
        bare = replace(finding, language="")
        yield bare if everywhere[bare] == labels else finding
