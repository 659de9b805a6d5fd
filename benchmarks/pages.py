"""How quickly the console answers after a large campaign: each page that counts or searches what is much."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlencode

from benchmarks.console import Account, console
from benchmarks.findings import Findings, Round, Series, interleave, series
from benchmarks.installation import Installation
from benchmarks.ledger import LargeCampaign, after_a_campaign
from benchmarks.scale import Scale
from benchmarks.visitor import Browser, sign_in


def measure(here: Installation, scale: Scale, say: Callable[[str], None]) -> Findings:
    """Rounds in which somebody who may see everything opens each page once."""
    account = Account.made(here, "reading")
    with after_a_campaign(here, scale.opening) as campaign, console(here) as url:
        browser = Browser()
        sign_in(browser, url, account.address, account.password)
        steps = {name: partial(_read, browser, name, url + path) for name, path in _pages(campaign).items()}
        rounds = interleave(scale.opening_rounds, steps, say)
    return Findings(
        targets={"pages": Series(tuple(max(values.values()) for values in rounds), "s")},
        details={f"Page after a campaign: {name}": series(rounds, name, "s") for name in steps},
        remarks=[f"Pages: {scale.opening:,} messages in the ledger, and as many consents."],
    )


def _pages(campaign: LargeCampaign) -> Mapping[str, str]:
    """Every page by its name, as the links and forms of the console ask for it."""
    report = f"/console/campaigns/{campaign.public_id}"
    lists: dict[str, dict[str, object]] = {
        "all": {},
        "from the middle": {"after": campaign.middle},
        "accepted": {"state": "sent"},
        "not reached": {"state": "unreached"},
        "not reached at a provider": {"state": "unreached", "provider": "mail7.example"},
        "none at a provider": {"state": "complained", "provider": "nowhere.example"},
        "a kind of answer": {"reply_class": "quota"},
        "one answer": {"state": "failed", "reply": "0" * 32},
        "who left": {"state": "left"},
        "accepted late": {"begin": campaign.late.isoformat()},
    }
    return {
        "overview": "/console/",
        "growth as a chart": "/console/growth.svg",
        "campaigns": "/console/campaigns",
        "report": report,
        "report's figures": f"{report}/progress",
        "report's chart": f"{report}/chart.svg",
        **{f"messages, {name}": f"{report}/deliveries?{urlencode(asked)}" for name, asked in lists.items()},
        "what came back": "/console/bounces",
        "sending it again": f"/console/statements/{campaign.statement_id}/send",
        "subscribers": "/console/subscribers",
        "subscribers by a word": "/console/subscribers?" + urlencode({"who": "reader.99999"}),
        "subscribers by a word that nobody has": "/console/subscribers?" + urlencode({"who": "nobody-of-that-name"}),
    }


def _read(browser: Browser, name: str, url: str, _: int) -> Round:
    began = time.monotonic()
    browser.get(url)
    return {name: time.monotonic() - began}
