"""Somebody at the console while a campaign is opened: watches its page, or presses Pause after a moment.

`python -m benchmarks.visitor watch|pause URL PAGE ADDRESS`, the password in COMMUNIQUE_BENCHMARK_PASSWORD. It signs in,
begins when told, and is told a second time when to stop. It reports how many seconds each answer took.
"""

import argparse
import json
import os
import re
import sys
import threading
import time
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

from app.settings import PREFIX
from benchmarks.processes import begin

ASK_EVERY = 0.1
_PAUSE_AFTER = 1.0
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_LONGEST = 120


class Browser:
    """Keeps cookies, follows redirects."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, url: str) -> str:
        """Read a page."""
        with self._opener.open(url, timeout=_LONGEST) as answer:
            return str(answer.read().decode())

    def post(self, url: str, page: str, **fields: str) -> str:
        """Send a form of that page."""
        token = _TOKEN.search(page)
        if token is None:
            raise ValueError(f"There is no form on the page before {url}.")
        data = urlencode({"csrf_token": token[1], **fields}).encode()
        with self._opener.open(url, data, timeout=_LONGEST) as answer:
            return str(answer.read().decode())


def sign_in(browser: Browser, url: str, address: str, password: str) -> None:
    """Sign in to the console at this address."""
    form = f"{url}/console/sign-in"
    browser.post(form, browser.get(form), email=address, password=password)


def watch(browser: Browser, page: str, enough: threading.Event) -> list[float]:
    """Read the page every 100 ms until it is enough."""
    answers = []
    while not enough.is_set():
        began = time.monotonic()
        browser.get(page)
        answers.append(time.monotonic() - began)
        enough.wait(max(0.0, ASK_EVERY - answers[-1]))
    return answers


def pause(browser: Browser, page: str, form: str) -> list[float]:
    """Press Pause a second after the opening began; counted until the next page is there."""
    time.sleep(_PAUSE_AFTER)
    began = time.monotonic()
    browser.post(f"{page}/pause", form)
    return [time.monotonic() - began]


def wait_for_word(enough: threading.Event) -> None:
    """Wait until somebody says that it is enough, or goes away."""
    sys.stdin.readline()
    enough.set()


def main() -> None:
    """Sign in, visit, report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("watch", "pause"))
    parser.add_argument("url")
    parser.add_argument("page")
    parser.add_argument("address")
    chosen = parser.parse_args()
    browser = Browser()
    sign_in(browser, chosen.url, chosen.address, os.environ[PREFIX + "BENCHMARK_PASSWORD"])
    form = browser.get(chosen.page)
    begin()
    enough = threading.Event()
    threading.Thread(target=wait_for_word, args=(enough,), daemon=True).start()
    answers = pause(browser, chosen.page, form) if chosen.what == "pause" else watch(browser, chosen.page, enough)
    enough.wait()
    print(json.dumps({"answers": answers}))


if __name__ == "__main__":
    main()
