"""What the addresses of servers in the settings have in common: `smtps://user:pass@host:465`, `lmtp://…`, `imaps://…`."""

from urllib.parse import SplitResult, urlsplit

ESCAPES = "in a name or password, / ? # [ @ : are written %2F %3F %23 %5B %40 %3A, a blank %20"


def split_address(text: str, refusal: str) -> SplitResult:
    """Take an address apart; ValueError says `refusal` where host or port can't be read.

    The library's own words repeat what it took for the host or the port, and that may be the password.
    """
    try:
        url = urlsplit(text.strip())
        # the port is read only when it is asked for
        url.port  # noqa: B018
    except ValueError:
        raise ValueError(refusal) from None
    return url
