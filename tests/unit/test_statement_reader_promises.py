"""What holds for every file: a draft or a clear refusal, and no word of a text is lost."""

from dataclasses import fields

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.errors import Invalid
from app.services.statement_reader import StatementDraft, read_statement

UNHURRIED = settings(deadline=None, max_examples=200)
NAMES = st.sampled_from(["a.md", "a.html", "a.txt", "a", ""])
PIECES = st.sampled_from(
    [
        "FOR IMMEDIATE RELEASE", "3 March 2026", "3 mars 2026", "Media contact:", "Pressekontakt", "Ada Moss",
        "Executive Director", "— Ada Moss, Director", "ada@odi.example", "Tel: +41 22 555 01 42", "[email protected]",
        "ENDS", "###", "# x", "- a", "1. b", "> c", "***", "---", "```", "|a|b|", "|-|-|", "<b>x</b>", "<div>", "&lt;",
        "    four", "a\\", "Below is a statement by nobody in particular", "ABOUT US",
        "Email: [email protected]", "title: x", "Notes to editors",
        "A paragraph that is somewhat longer, so that it reads like one, and that goes on to its end.", "",
    ]
)  # fmt: skip
PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), include_characters="\n\t"))
TEXTS = st.lists(PIECES | PRINTABLE, max_size=14).map("\n".join)
TAGS = st.sampled_from(
    [
        "<p>", "</p>", "<b>", "</b>", "<i>", "<a>", "<a href='/x'>", "</a>", "<ul>", "<li>", "</ul>", "<ol>",
        "<table>", "<tr>", "<td>", "</table>", "<h1>", "</h1>", "<h2>", "<br>", "<pre>", "</pre>", "<code>",
        "<blockquote>", "<nav>", "</nav>", "<main>", "<header>", "<script>", "<div hidden>", "<!--", "-->",
        "<![CDATA[", "<html>", "<body>", "<meta>", "<time>", "&amp;", "&#0;", "&#x1F600;", "<img alt='x'>", "<q>",
    ]
)  # fmt: skip
PAGES = st.lists(TAGS | PIECES | PRINTABLE, max_size=20).map(" ".join)


def attempt(content, name):
    try:
        return read_statement(content, name)
    except Invalid as error:
        refusal = error
    assert refusal.problems
    assert all(problem.message and problem.line != 0 for problem in refusal.problems)
    return None


def words_of_body(draft):
    """The body as a reader of the page gets it."""
    shown = []
    for token in MarkdownIt("commonmark").enable("table").parse(draft.body):
        if token.type != "inline":
            assert token.type in ("paragraph_open", "paragraph_close"), f"typed text became {token.type}"
        for child in token.children or []:
            assert child.type in ("text", "softbreak", "hardbreak", "text_special"), f"typed text became {child.type}"
            shown.append(child.content or "\n")
        shown.append("\n")
    return "".join(shown)


def words_shown(draft):
    """All that staff see: every field, the notes, and the body."""
    values = [getattr(draft, item.name) for item in fields(draft) if item.name != "body"]
    values = [value for value in values if isinstance(value, str)] + list(draft.notes)
    return " ".join(" ".join([words_of_body(draft), *values]).split())


@UNHURRIED
@given(st.binary(max_size=400), NAMES)
def test_any_bytes_give_a_draft_or_a_refusal(content, name):
    assert isinstance(attempt(content, name), StatementDraft | None)


@UNHURRIED
@given(TEXTS | PAGES, NAMES)
@example("---\n" + "[" * 5000 + "\n---\n", "a.md")
@example("<" * 5000, "a.html")
def test_any_text_gives_a_draft_or_a_refusal(text, name):
    draft = attempt(text.encode(), name)
    assert draft is None or draft.title


@UNHURRIED
@given(TEXTS)
def test_plain_text_loses_no_word_and_shows_as_typed(text):
    draft = attempt(f"Start {text}".encode(), "a.txt")
    if draft is not None:
        shown = words_shown(draft)
        assert [word for word in text.split() if word not in shown] == []


@UNHURRIED
@given(TEXTS, TEXTS)
def test_a_hidden_address_is_kept_where_readers_of_the_draft_look(before, after):
    hidden = "Email: [email protected]"
    draft = attempt(f"Start {before}\nMedia contact:\nAda Moss\n{hidden}\n{after}".encode(), "a.txt")
    if draft is not None:
        assert hidden in " ".join([draft.title, draft.standfirst, words_of_body(draft)])


@UNHURRIED
@given(PAGES)
def test_a_page_with_only_words_in_it_loses_none(text):
    words = " ".join(part for part in text.split() if part.isalpha())
    draft = attempt(f"<h1>Title</h1><p>Start {words}</p>".encode(), "a.html")
    shown = words_shown(draft)
    assert all(word in shown for word in words.split())
