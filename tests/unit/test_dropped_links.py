"""Links that a mail can't carry are noticed, because they would be gone without a word."""

from app.mail.dropped_links import DroppedLink, dropped_links


def test_links_to_parts_of_addresses_are_named_with_their_words():
    text = (
        "See [our *report*](/reports/2026), [a file](file:///C:/report.doc), [the next section](#next),\n"
        "[the site](www.example.org) and [nothing]().\n"
    )
    assert dropped_links(text) == [
        DroppedLink("our report", "/reports/2026"),
        DroppedLink("the next section", "#next"),
        DroppedLink("the site", "www.example.org"),
        DroppedLink("nothing", ""),
    ]


def test_whole_addresses_are_carried():
    text = "[a](https://example.org/) [b](http://example.org) [c](mailto:a@example.org) [d](TEL:+49301234567) <https://x.org>"
    assert dropped_links(text) == []


def test_links_in_tables_lists_and_headings_are_found():
    text = "## [One](/1)\n\n- [Two](/2)\n\n| A |\n| --- |\n| [Three](/3) |\n"
    assert [link.target for link in dropped_links(text)] == ["/1", "/2", "/3"]
