"""The kinds of answer by which a message isn't taken: whose fault it is, and so what is done about it."""

from enum import StrEnum


class ReplyClass(StrEnum):
    """Four kinds speak about the reader, four about us; the latter never cost a reader anything."""

    HARD = "hard"
    """There is no such address."""
    INACTIVE = "inactive"
    """There was one; it is closed or not looked at any more."""
    QUOTA = "quota"
    """The mailbox is full."""
    SOFT = "soft"
    """Anything that may pass, and anything that says nothing about the address: time-outs, greylisting, routing."""
    BLOCKED = "blocked"
    """The provider doesn't want mail from us: policy, reputation, missing authentication of our domain."""
    CONTENT = "content"
    """This message is not wanted, whoever gets it: too large, malformed, taken for spam."""
    PROTOCOL = "protocol"
    """We spoke wrongly."""
    RELAY = "relay"
    """Our own relay doesn't serve us: login, permission, its quota."""

    @property
    def is_about_us(self) -> bool:
        """Whether it says something about us, and so nothing about the reader."""
        return self in ABOUT_US


ABOUT_US = frozenset({ReplyClass.BLOCKED, ReplyClass.CONTENT, ReplyClass.PROTOCOL, ReplyClass.RELAY})
