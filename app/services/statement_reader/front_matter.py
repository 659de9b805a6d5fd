"""Markdown files: YAML front matter between two lines of three hyphens, then the body as it stands."""

import re

import yaml

from app.errors import Invalid, Problem
from app.services.statement_reader.draft import StatementDraft
from app.services.statement_reader.front_matter_values import KEYS, Values

_FENCE = re.compile(r"---[ \t]*")
_CLOSE = re.compile(r"(?:---|\.\.\.)[ \t]*")
_MAX_CHARACTERS = 20_000
_MAX_DEPTH = 3
_TITLE = re.compile(r"\s*#[ \t]+(?P<title>[^\n]*?)[ \t#]*(?:\n|$)")
_COLON_HINT = " If a text holds a colon or begins with a special character, put it in quotation marks."
_FIRST_KEY = re.compile(rf"---[ \t]*\n(?:\s*(?:#[^\n]*)?\n)*(?:{'|'.join(KEYS)}):")


def looks_like_front_matter(text: str) -> bool:
    """Whether a text begins with front matter of ours, whatever the file is called."""
    return bool(_FIRST_KEY.match(text))


def read_markdown(text: str, draft: StatementDraft) -> None:
    """Read front matter and body; without front matter, a first heading is the title and the rest the body.

    Raises Invalid with one problem per fault: a key that isn't known, a value of the wrong kind, an alias,
    anchor or tag of YAML.
    """
    lines = text.split("\n")
    body = text
    if _FENCE.fullmatch(lines[0]):
        end = next((index for index, line in enumerate(lines) if index and _CLOSE.fullmatch(line)), None)
        if end is None:
            raise _invalid("The front matter begins here, but no line “---” ends it.", 1)
        _read_matter("\n".join(lines[1:end]), draft)
        body = "\n".join(lines[end + 1 :])
    else:
        draft.notes.append("The file has no front matter, so only title and body were read.")
    draft.body = _without_title(body, draft)


def _without_title(body: str, draft: StatementDraft) -> str:
    """Take a first heading as the title, or fold it if it repeats the title; else leave the body alone."""
    heading = _TITLE.match(body)
    if heading and heading["title"] and draft.title in ("", heading["title"]):
        if draft.title:
            draft.notes.append("The title stood twice, in the front matter and above the body; one is kept.")
        draft.title = heading["title"]
        body = body[heading.end() :]
    return body.strip("\n").rstrip()


def _read_matter(matter: str, draft: StatementDraft) -> None:
    if len(matter) > _MAX_CHARACTERS:
        raise _invalid(f"The front matter is longer than {_MAX_CHARACTERS:,} characters. The text belongs below it.", 1)
    try:
        _refuse_tricks(matter)
        node = yaml.compose(matter, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _unreadable(error, matter) from error
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        raise _invalid("The front matter must be lines such as “title: …”.", _line(node))
    values = Values(draft)
    values.read(node)
    if values.problems:
        raise Invalid(*values.problems)


def _refuse_tricks(matter: str) -> None:
    """Refuse what can make a small file huge or more than text: aliases, anchors, tags and deep nesting."""
    depth = 0
    for event in yaml.parse(matter, Loader=yaml.SafeLoader):
        line = (event.start_mark.line if event.start_mark else 0) + 2
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _invalid("Anchors (&) and aliases (*) of YAML aren't read. Write the value out.", line)
        if getattr(event, "tag", None):
            raise _invalid("Tags (!) of YAML aren't read. Write the value alone.", line)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise _invalid("The front matter is nested too deeply.", line)


def _unreadable(error: yaml.YAMLError, matter: str) -> Invalid:
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None) or 0
    line = (mark.line if mark else matter.count("\n", 0, position)) + 2
    reason = getattr(error, "problem", None) or "a character isn't allowed here"
    return _invalid(f"The front matter can't be read: {reason}.{_COLON_HINT}", line)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 2


def _invalid(message: str, line: int) -> Invalid:
    return Invalid(Problem(message, field="front matter", line=line))
