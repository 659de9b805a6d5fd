"""Members of somebody's JSON: whatever is missing, or of another kind than it should be, is empty."""

import hashlib
import json

LONGEST_KEY = 200


def text(value: object, *path: str) -> str:
    """A text or a number at the end of a path of names, fit for the database; else an empty text."""
    found = _at(value, path)
    if isinstance(found, bool) or not isinstance(found, (str, int, float)):
        return ""
    return str(found).replace("\0", "\ufffd").encode("utf-8", "replace").decode().strip()


def whole(value: object, *path: str) -> int | None:
    """A whole number, even if it stands in a text."""
    try:
        return int(text(value, *path))
    except ValueError:
        return None


def is_true(value: object, *path: str) -> bool:
    """Whether `true` stands at the end of a path, and nothing else."""
    return _at(value, path) is True


def several(value: object, *path: str) -> list[object]:
    """A list at the end of a path; one object alone counts as a list of one."""
    found = _at(value, path)
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else []


def texts(value: object, *path: str) -> list[str]:
    """The texts of a list at the end of a path."""
    return [word for word in (text(one) for one in several(value, *path)) if word]


def key_of(*parts: str) -> str:
    """What tells an event from others, of all these together: as it is, or its digest where that would be too long."""
    joined = " ".join(parts)
    return joined if len(joined) <= LONGEST_KEY else digest_of(*parts)


def digest_of(*parts: object) -> str:
    """The same for services that give their events no name."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
