"""Freezing an audience of a million, and how quickly the console answers meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text

from app.models import Campaign
from app.settings import PREFIX
from benchmarks.console import Account, console
from benchmarks.findings import Findings, Round, Series, interleave, series, slowest_but_few
from benchmarks.installation import Installation
from benchmarks.processes import hands
from benchmarks.scale import Scale


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """Rounds of opening while somebody watches the campaign's page, and of opening while somebody presses Pause."""
    account = Account.made(here, "watching")
    with console(here) as url:
        visit = partial(_open, here, scale.opening, url)
        steps = {what: partial(visit, _Visit(what, account)) for what in ("watch", "pause")}
        rounds = interleave(scale.opening_rounds, steps, say)
    return Findings(
        targets={
            "opening": series(rounds, "opening", "s"),
            "opening.page": series(rounds, "page p95", "s"),
            "opening.pause": series(rounds, "pause", "s"),
        },
        details={
            "Campaign's page, slowest answer while opening": series(rounds, "page slowest", "s"),
            "Opening: rows per second": Series(
                tuple(scale.opening / seconds for seconds in series(rounds, "opening").values)
            ),
        },
    )


@dataclass(frozen=True, slots=True)
class _Visit:
    """What somebody does meanwhile, and as whom."""

    what: str
    account: Account


def _open(here: Installation, people: int, url: str, visit: "_Visit", _: int) -> Round:
    here.forget_campaigns()
    number = here.start_campaign(people, length=0)
    with here.sessions() as session:
        page = f"{url}/console/campaigns/{session.get_one(Campaign, number).public_id}"
    variables = here.environment(25)
    visitor = ["benchmarks.visitor", visit.what, url, page, visit.account.address]
    with (
        hands(1, ["benchmarks.work", "open", str(number)], variables, here.log) as (planner,),
        hands(1, visitor, {PREFIX + "BENCHMARK_PASSWORD": visit.account.password}, here.log) as (browser,),
    ):
        browser.go()
        planner.go()
        seconds = planner.report()["seconds"]
        browser.go()
        answers = browser.report()["answers"]
    if visit.what == "pause":
        return {"pause": max(answers)}
    _check_frozen(here, number, people)
    return {"opening": seconds, "page p95": slowest_but_few(answers), "page slowest": max(answers)}


def _check_frozen(here: Installation, number: int, people: int) -> None:
    with here.engine.connect() as connection:
        counted = connection.scalar(text("SELECT count(*) FROM deliveries WHERE campaign_id = :n"), {"n": number})
    assert counted == people, f"{counted} deliveries for {people} people"
