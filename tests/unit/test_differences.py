"""What changed between two texts, and two people's changes put together."""

from app.services.statements.differences import fields_changed, words_changed
from app.services.statements.merging import merged


def shown(before: str, after: str) -> str:
    marks = {"same": "{}", "added": "[+{}+]", "removed": "[-{}-]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in words_changed(before, after))


def test_a_changed_word_is_shown_and_not_its_whole_line():
    assert shown("Nine stations are closed.", "Ten stations are closed.") == "[-Nine-][+Ten+] stations are closed."


def test_lines_that_stay_are_shown_as_they_are():
    assert shown("One.\n\nTwo.\n\nThree.", "One.\n\nTwo and a half.\n\nThree.") == (
        "One.\n\nTwo[+ and a half+].\n\nThree."
    )


def test_what_is_new_or_gone_as_a_whole_is_one_piece():
    assert shown("", "All new.") == "[+All new.+]"
    assert shown("All gone.", "") == "[-All gone.-]"
    assert shown("Same.", "Same.") == "Same."


def test_scripts_without_blanks_and_right_to_left_are_compared_by_word_too():
    assert shown("بيان حول التصويت", "بيان بشأن التصويت") == "بيان [-حول-][+بشأن+] التصويت"


def test_two_very_long_texts_that_share_nothing_are_compared_at_once():
    before = "\n\n".join(f"word{n} " * 40 for n in range(400))
    after = "\n\n".join(f"other{n} " * 40 for n in range(400))
    assert {piece.kind for piece in words_changed(before, after)} >= {"added", "removed"}


def test_fields_of_all_languages_are_compared():
    before = {"title": "Old", "language": "en", "topics": [], "translations": {"fr": {"title": "Vieux"}}}
    after = {
        "title": "New",
        "language": "en",
        "topics": [{"id": 1, "name": "Statements"}],
        "translations": {"fr": {"title": "Vieux"}, "ar": {"title": "جديد"}},
    }
    found = [(change.name, change.language) for change in fields_changed(before, after)]
    assert found == [("title", "en"), ("topics", "en"), ("title", "ar")]


BASE = "First.\n\nSecond.\n\nThird."


def test_changes_in_different_paragraphs_go_together():
    mine, theirs = "First, mine.\n\nSecond.\n\nThird.", "First.\n\nSecond.\n\nThird, theirs.\n\nFourth."
    together = merged(BASE, mine, theirs)
    assert together.clean
    assert together.text == "First, mine.\n\nSecond.\n\nThird, theirs.\n\nFourth."


def test_where_both_changed_the_same_paragraph_both_stand():
    together = merged(BASE, "First.\n\nMine.\n\nThird.", "First.\n\nTheirs.\n\nThird.")
    assert not together.clean
    assert together.text == "First.\n\nMine.\n\nTheirs.\n\nThird."


def test_the_same_change_by_both_stands_once():
    together = merged(BASE, "First.\n\nNew.\n\nThird.", "First.\n\nNew.\n\nThird.")
    assert (together.text, together.clean) == ("First.\n\nNew.\n\nThird.", True)


def test_what_one_removed_and_the_other_left_is_removed():
    assert merged(BASE, "First.\n\nThird.", BASE).text == "First.\n\nThird."
    assert merged(BASE, BASE, "Second.\n\nThird.").text == "Second.\n\nThird."


def test_two_texts_from_nothing_both_stand():
    assert merged("", "Mine.", "Theirs.").text == "Mine.\n\nTheirs."
