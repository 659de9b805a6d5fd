"""What readers may want to be called: any name of any script, and nothing that would be read as something else."""

import pytest

from app.errors import Invalid
from app.services.names import Names


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Ana",
        "Zoë-Marie",
        "O’Brien",
        "محمد",
        "陈伟",
        "नागार्जुन",
        "J.R.R. Tolkien",
        "Martin Luther King, Jr.",
        "Mr. T",
        "5",
    ],
)
def test_names_of_every_kind_are_kept(name: str) -> None:
    assert Names.typed(name, name) == Names(name, name)


def test_names_are_tidied() -> None:
    assert Names.typed("  Ana \t Maria\r\n", "Zoe\u0308\u202e") == Names("Ana Maria", "Zoë")


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example",
        "evil.example",
        "EVIL.COM",
        "see www.evil",
        "ana@example.org",
        "a/b",
        "Win at evil.Com now",
        "x" * 81,
    ],
)
def test_a_name_that_would_lead_somewhere_or_never_end_is_refused(name: str) -> None:
    for first, last, field in ((name, "", "first_name"), ("", name, "last_name")):
        with pytest.raises(Invalid) as refused:
            Names.typed(first, last)
        assert [problem.field for problem in refused.value.problems] == [field]
