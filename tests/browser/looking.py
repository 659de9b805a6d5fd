"""Looking at a page as a whole, in one visit: light, dark, on the narrowest screen, spaced, and doubled in size."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.newsroom import faults, is_too_wide, press

DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter(element => element.checkVisibility()
        && !element.closest('p, li:not(.nav-item, .page-item), dd, td, .choice'))
    .filter(element => element.getBoundingClientRect().height < 24 || element.getBoundingClientRect().width < 24)
    .filter(element => !element.matches('.skip-link, .visually-hidden'))
    .map(element => 'too small: ' + element.outerHTML.slice(0, 80))"""
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""
DOUBLED = "html { font-size: 200% }"
# a sheet that is adopted asks no leave of the Content-Security-Policy
WEAR = """css => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
}"""
Finder = Callable[..., list[str]]


class Look:
    """What axe-core and a ruler find (WCAG 1.4.3, 1.4.4, 1.4.10, 1.4.12, 2.5.8); each page has a title of its own."""

    def __init__(self, page: Page, violations: Finder) -> None:
        self.page, self.violations = page, violations
        self.titles: dict[str, str] = {}

    def at(self, name: str) -> None:
        """Look at the page that is open."""
        assert self.objections() == [], name
        assert self.titles.setdefault(self.page.title(), name) == name

    def go(self, path: str) -> None:
        self.page.goto(path)
        self.at(path)

    def press(self, button: str, name: str) -> None:
        press(self.page, button)
        self.at(name)

    def objections(self) -> list[str]:
        """All that is wrong with the page that is open, which looks afterwards as it did before."""
        found = [f"{number} h1" for number in [self.page.locator("h1").count()] if number != 1]
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            only_colours = scheme == "dark"
            found += [f"{scheme}: {words}" for words in self.violations(self.page, colours=only_colours)]
        for width, css in ((320, ""), (320, SPACED), (640, DOUBLED)):
            self.page.set_viewport_size({**TELEPHONE, "width": width})
            self.page.evaluate(WEAR, css)
            found += [f"scrolls sideways at {width} with {css!r}"] if is_too_wide(self.page) else []
            found += [] if css else self.page.evaluate(SMALL)
        self.page.evaluate(WEAR, "")
        self.page.set_viewport_size(DESK)
        return found + faults(self.page)
