"""What the checks say: findings, and a preflight as all of them together."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

Level = Literal["error", "warning", "note"]
_GRAVITY: dict[Level, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    `check` is the check's name and never changes; `words` say what is wrong, `mend` how it is put right, and `place`
    names the field where. `language` is empty where it concerns all versions. `about` is what was found, apart from
    figures that change by themselves, so that an acknowledgement outlives the next reader who signs up.
    """

    check: str
    level: Level
    title: str
    words: str
    mend: str = ""
    place: str = ""
    language: str = ""
    about: str = ""

    @property
    def identity(self) -> str:
        """What an acknowledgement is about."""
        return "\0".join((self.check, self.language, self.about or self.words))


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one check of one level: they are read together, and acknowledged together."""

    check: str
    level: Level
    title: str
    findings: tuple[Finding, ...]

    @property
    def mends(self) -> tuple[str, ...]:
        """How these are put right, each way once."""
        return tuple(dict.fromkeys(finding.mend for finding in self.findings if finding.mend))


@dataclass(frozen=True, slots=True)
class Preflight:
    """All that the checks found, errors first.

    `external_links` are the addresses on other people's servers, which are only asked when somebody wants that;
    `links_checked_at` is when that was done for exactly this content.
    """

    content_hash: bytes
    findings: tuple[Finding, ...]
    external_links: tuple[str, ...] = ()
    links_checked_at: datetime | None = None

    @property
    def stops(self) -> bool:
        """Whether it may not be sent like this."""
        return bool(self.errors)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What has to be mended."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What somebody has to have read."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is good to know."""
        return self._of("note")

    @property
    def groups(self) -> tuple[Group, ...]:
        """The findings by level and check."""
        parts = groupby(self.findings, lambda finding: (finding.level, finding.check))
        return tuple(_group(tuple(findings)) for _, findings in parts)

    def digest(self, check: str) -> bytes:
        """What somebody acknowledges who acknowledges this check's warnings; empty if there are none."""
        found = sorted(finding.identity for finding in self.warnings if finding.check == check)
        if not found:
            return b""
        return hashlib.sha256(self.content_hash + "\0\0".join(found).encode()).digest()

    def _of(self, level: Level) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == level)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each once: errors first, those of one check together, checks in the order in which they came."""
    unique = list(dict.fromkeys(findings))
    place = {name: number for number, name in enumerate(dict.fromkeys(finding.check for finding in unique))}
    return tuple(sorted(unique, key=lambda finding: (_GRAVITY[finding.level], place[finding.check])))


def _group(findings: tuple[Finding, ...]) -> Group:
    first = findings[0]
    return Group(first.check, first.level, first.title, findings)
