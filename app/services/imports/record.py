"""What all readers give: a person as a file has them."""

from dataclasses import dataclass

from app.services.imports.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Record:
    """One person: the 1-based line that they begin in, what it says of them, and why they are refused if they are."""

    line: int
    address: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    refusal: Refusal | None = None


_STANDING = {
    Refusal.LEFT_THERE: "unsubscribed|optedout|optout|left|removed|cancelled|canceled|archived|inactive|no|false|0",
    Refusal.BOUNCED_THERE: "cleaned|bounced|bounce|hardbounce|hardbounced|undeliverable|invalid",
    Refusal.COMPLAINED_THERE: "blocklisted|blacklisted|blocked|complained|complaint|spam|junk|suppressed",
    Refusal.UNCONFIRMED_THERE: "pending|unconfirmed|notconfirmed|nonsubscribed|transactional|new|waiting",
    Refusal.OFF_THERE: "disabled|paused|off|nomail",
}
_REFUSED = {word: refusal for refusal, words in _STANDING.items() for word in words.split("|")}
_WELCOME = frozenset({
    "subscribed", "subscriber", "active", "confirmed", "enabled", "optedin", "optin", "yes", "true", "1", "member",
    "ok", "valid",
})  # fmt: skip


def standing(word: str) -> Refusal | None:
    """What a file's word for somebody's standing means: None if they may come. What isn't understood is refused."""
    plain = "".join(character for character in word.casefold() if character.isalnum())
    if not plain or plain in _WELCOME:
        return None
    return _REFUSED.get(plain, Refusal.UNKNOWN_THERE)
