"""What the breaker tells staff: what was seen, in the server's own words, and what to do."""

from worker.replies import ReplyClass

_LONGEST_QUOTE = 300


def held(kind: ReplyClass, provider: str, number: int, attempts: int, said: str) -> str:
    """Why nothing is sent to a provider's readers for now."""
    if kind is ReplyClass.HARD:
        return (
            f"{provider} said of {number} of {attempts} readers within 15 minutes that they have no mailbox there"
            f"{_quote(said)} That may be its mistake, or these addresses are old. "
            "The others of this campaign there wait until somebody has looked and releases them."
        )
    return (
        f"{provider} refused {number} of {attempts} messages within 15 minutes because of who sends them{_quote(said)} "
        "Put right what it asks for (often SPF, DKIM, or a listed address of the mail server), then release it. "
        "Its readers wait."
    )


def unserved(kind: ReplyClass, said: str) -> str:
    """Why a campaign is paused whose messages our own mail server doesn't take."""
    if kind is ReplyClass.RELAY:
        return (
            f"The mail server doesn't let us send{_quote(said)} "
            "Check its address, user, password and quota (COMMUNIQUE_SMTP_URL), then go on."
        )
    return (
        f"The mail server and this service don't understand each other{_quote(said)} "
        "Nobody was lost. Ask whoever runs the mail server, then go on."
    )


def unwanted(number: int, attempts: int, said: str) -> str:
    """Why a campaign is paused that isn't wanted wherever it goes."""
    return (
        f"{number} of {attempts} messages within 15 minutes were refused for what they say or who sends them"
        f"{_quote(said)} Look at the text, its size and the sender's domain, then go on."
    )


def _quote(said: str) -> str:
    text = " ".join(said.split())
    return f": “{text[:_LONGEST_QUOTE]}”." if text else "."
