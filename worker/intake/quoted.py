"""A mail server's answer as others quote it: its code, and its enhanced code, wherever in the words they stand."""

import re

# three numbers, and not the beginning of an address of the Internet: 5.1.1.9 says nothing about a reader
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_CODE = re.compile(r"(?:^|[\s;:<])([45]\d\d)(?=[\s\-#:.]|$)")
_OF_CLASS = {"5": 550, "4": 450}


def enhanced_in(status: str, words: str) -> str:
    """The status with the most to say (RFC 3463): x.0.0 of the report gives way to what the remote server wrote."""
    own, remote = _STATUS.search(status), _STATUS.search(words)
    if own is None or (own[2], own[3]) == ("0", "0"):
        own = remote or own
    return ".".join(own.groups()) if own else ""


def code_in(words: str, enhanced: str) -> int | None:
    """The reply code of the remote server; where it gave none, the class of the status stands for it."""
    found = _CODE.search(words)
    return int(found[1]) if found else _OF_CLASS.get(enhanced[:1])
