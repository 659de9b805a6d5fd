"""Work that a browser does while a person fills in the form: dear to whoever sends thousands, unnoticed by one.

The browser looks for a number that makes the SHA-256 of the form's token, a colon and the number begin with zero bits.
"""

import hashlib

BITS = 15
_LONGEST = 12


def is_done(token: str, number: str) -> bool:
    """Whether the number is a solution for this copy of the form."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST):
        return False
    digest = hashlib.sha256(f"{token}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - BITS) == 0
