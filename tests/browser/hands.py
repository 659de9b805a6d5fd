"""Two ways to use a page: with a mouse, and with a keyboard alone. A story is written once and walked by both."""

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Locator, Page, expect

MOST_STOPS = 80
THICKEST_THAT_IS_NONE = 1
FOCUS = """(target) => {
    const at = document.activeElement, box = at.getBoundingClientRect();
    const rings = [at, at.closest('label') ?? at].map((element) => getComputedStyle(element));
    // not within a frame, nor on the part of a date field that the browser draws itself
    const isOurs = at !== document.body && at.tagName !== 'IFRAME' && at.matches(':focus');
    return {
        isThere: at === target,
        isGone: !target.isConnected,
        isBefore: at !== document.body && at.compareDocumentPosition(target) === Node.DOCUMENT_POSITION_PRECEDING,
        ring: Math.max(...rings.map((ring) => (ring.outlineStyle === 'none' ? 0 : parseFloat(ring.outlineWidth)))),
        isInView: box.bottom > 0 && box.top < innerHeight,
        isOurs,
        html: at.outerHTML.slice(0, 120),
    };
}"""


class Hand:
    """What somebody does on a page, in their own words; `reach` and the rest below it is what differs."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def follow(self, words: str, within: str = "") -> None:
        """Follow a link, in the part of the page that has this name."""
        place = self.page.get_by_role("region", name=within, exact=True) if within else self.page
        self._leave_by(place.get_by_role("link", name=words, exact=True))

    def press(self, words: str) -> None:
        """Press a button that leads to another page."""
        self._leave_by(self.page.get_by_role("button", name=words, exact=True))

    def _leave_by(self, way: Locator) -> None:
        with self.page.expect_navigation():
            self.activate(way)

    def paste(self, label: str) -> None:
        """Put into a field what was copied elsewhere."""
        self.reach(self._field(label))
        self.page.keyboard.press("Control+v")

    def _field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    # What differs

    def reach(self, target: Locator) -> None:
        raise NotImplementedError

    def activate(self, target: Locator) -> None:
        raise NotImplementedError

    def write(self, label: str, words: str) -> None:
        raise NotImplementedError

    def write_moment(self, label: str, moment: datetime) -> None:
        raise NotImplementedError

    def replace(self, label: str, old: str, new: str) -> None:
        """Put other words in the place of the last of these words in a text."""
        raise NotImplementedError

    def attach(self, label: str, file: dict[str, object]) -> None:
        raise NotImplementedError

    def use_tool(self, words: str) -> None:
        """Press a button of the bar above a text."""
        raise NotImplementedError


class Mouse(Hand):
    """Points at things and clicks."""

    def reach(self, target: Locator) -> None:
        target.click()

    activate = reach

    def write(self, label: str, words: str) -> None:
        self._field(label).fill(words)

    def write_moment(self, label: str, moment: datetime) -> None:
        self._field(label).fill(f"{moment:%Y-%m-%dT%H:%M}")

    def replace(self, label: str, old: str, new: str) -> None:
        before, found, after = self._field(label).input_value().rpartition(old)
        assert found
        self._field(label).fill(before + new + after)

    def attach(self, label: str, file: dict[str, object]) -> None:
        self._field(label).set_input_files(file)

    def use_tool(self, words: str) -> None:
        self.page.get_by_role("toolbar").get_by_role("button", name=words, exact=True).click()


class Keyboard(Hand):
    """Has Tab, Enter, Space, arrows and letters; at each stop the focus has to be seen (WCAG 2.4.7 and 2.4.11)."""

    def reach(self, target: Locator) -> None:
        """Go there with Tab, or with Shift and Tab where it stands before; fails after many stops."""
        self._go(target, lambda stop: "Shift+Tab" if stop["isBefore"] else "Tab")

    def _go(self, target: Locator, key: Callable[[dict[str, object]], str]) -> None:
        """Press keys until the focus is there. What a script has drawn anew meanwhile is looked up again."""
        wanted = target.element_handle()
        stop = self.page.evaluate(FOCUS, wanted)
        for _ in range(MOST_STOPS):
            if stop["isThere"]:
                return
            self.page.keyboard.press(key(stop))
            stop = self.page.evaluate(FOCUS, wanted)
            if stop["isGone"]:
                wanted = target.element_handle()
            if stop["isOurs"]:
                assert stop["ring"] > THICKEST_THAT_IS_NONE, f"The focus can't be seen: {stop['html']}"
                assert stop["isInView"], f"The focus is out of sight: {stop['html']}"
        raise AssertionError(f"{target} is not reached by keyboard; the last stop was {stop['html']}")

    def activate(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def write(self, label: str, words: str) -> None:
        self.reach(self._field(label))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words)

    def write_moment(self, label: str, moment: datetime) -> None:
        """Month, day and year, then hour and minute, in the parts of the field as an American browser has them."""
        self.reach(self._field(label))
        self.page.keyboard.type(f"{moment:%m%d%Y}")
        self.page.keyboard.press("ArrowRight")
        self.page.keyboard.type(f"{moment:%I%M%p}")
        expect(self._field(label)).to_have_value(f"{moment:%Y-%m-%dT%H:%M}")

    def replace(self, label: str, old: str, new: str) -> None:
        self.reach(self._field(label))
        before, found, after = self._field(label).input_value().rpartition(old)
        assert found
        self.page.keyboard.press("Control+End")
        self._press_often("ArrowLeft", len(after))
        self._press_often("Shift+ArrowLeft", len(old))
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(new)
        expect(self._field(label)).to_have_value(before + new + after)

    def attach(self, label: str, file: dict[str, object]) -> None:
        with self.page.expect_file_chooser() as chosen:
            self.activate(self._field(label))
        chosen.value.set_files(file)

    def use_tool(self, words: str) -> None:
        """The bar is one stop; arrows go on within."""
        bar = self.page.get_by_role("toolbar").get_by_role("button")
        self.reach(bar.first)
        self._go(bar.get_by_text(words, exact=True), lambda stop: "ArrowRight")
        self.page.keyboard.press("Enter")

    def _press_often(self, key: str, times: int) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
