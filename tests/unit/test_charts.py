"""Charts: whole numbers on the axis, legible colours, and nothing that a strict policy forbids."""

import pytest
from lxml import etree

from app.mail.css import colour, contrast
from app.services import charts

SERIES = [("Confirmed", [3, 0, 12]), ("Left", [1, 2, 0])]
LABELS = ["9 Nov", "16 Nov", "23 Nov"]
PAPER = {charts.LIGHT: "#f6f8f7", charts.DARK: "#10171a"}


def drawn(**options):
    return etree.fromstring(charts.bars(LABELS, SERIES, title="Subscribers by week", **options))


def named(root, name):
    return [element for element in root.iter() if etree.QName(element).localname == name]


def test_a_chart_names_its_weeks_and_series_and_has_a_bar_for_each_number():
    root = drawn()
    words = [text.text for text in named(root, "text")]
    assert set(words) >= {*LABELS, "Confirmed", "Left", "0", "10"}
    bars = [rect for rect in named(root, "rect") if "rect" in rect.get("class", "").split()]
    assert len(bars) == 6
    assert named(root, "title")[0].text == "Subscribers by week"


def test_nothing_in_it_is_a_script_a_style_or_from_elsewhere():
    content = charts.bars(LABELS, SERIES, title="Numbers")
    root = etree.fromstring(content)
    assert named(root, "script") == named(root, "style") == []
    assert [element for element in root.iter() if "style" in element.attrib] == []
    assert b"kozea" not in content.lower()
    assert {value for element in root.iter() for value in element.attrib.values() if "//" in value} == set()


@pytest.mark.parametrize("look", [charts.LIGHT, charts.DARK])
def test_words_and_bars_stand_out_from_the_page(look):
    paper = colour(PAPER[look])
    assert contrast(colour(look.ink), paper) >= 4.5
    assert all(contrast(colour(bar), paper) >= 3 for bar in look.bars)
    fills = {rect.get("fill") for rect in named(drawn(look=look), "rect")} | {
        group.get("fill") for group in named(drawn(look=look), "g")
    }
    assert set(look.bars[:2]) <= fills


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, [0, 1]), (1, [0, 1]), (5, [0, 1, 2, 3, 4, 5]), (7, [0, 2, 4, 6, 8]), (1234, [0, 500, 1000, 1500])],
)
def test_the_axis_has_few_round_numbers_that_reach_the_highest_bar(most, expected):
    assert charts.ticks(most) == expected


@pytest.mark.parametrize("most", [2, 9, 10, 11, 50, 51, 99, 100, 999_999, 1_000_000])
def test_the_axis_always_reaches_the_highest_bar(most):
    found = charts.ticks(most)
    assert found[-1] >= most
    assert len(found) <= 7


def test_a_chart_for_a_telephone_is_narrow_and_writes_fewer_labels():
    labels = [f"{day} Nov" for day in range(1, 13)]
    root = etree.fromstring(charts.bars(labels, [("Sent", range(12))], title="Numbers", size=charts.NARROW))
    assert root.get("viewBox") == "0 0 420 320"
    assert [text.text for text in named(root, "text") if text.text in labels] == labels[::3]


def test_a_chart_without_any_number_is_still_a_chart():
    root = etree.fromstring(charts.bars(LABELS, [("Sent", [0, 0, 0])], title="Nothing"))
    assert {"0", "1"} <= {text.text for text in named(root, "text")}
