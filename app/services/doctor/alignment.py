"""Whether what receivers authenticate is the domain that readers see in From (RFC 9989 section 4.4)."""

from collections.abc import Sequence

from app.dkim_key import DkimKey
from app.services.doctor import dmarc
from app.services.doctor.diagnosis import Diagnosis, fail, ok, warn
from app.services.doctor.dmarc import Policy
from app.services.doctor.lookup import Dns

_PART = "Alignment"


def examine(dns: Dns, domain: str, *, envelope: str, keys: Sequence[DkimKey], found: Sequence[Policy]) -> Diagnosis:
    """Compare From with the envelope sender (SPF) and with the domains of our DKIM keys. Raises Unanswered."""
    policy = dmarc.policy_for(domain, found)
    own = dmarc.organisational(domain, found) if found else ""
    by_spf = _is_aligned(dns, domain, envelope, own, strict=policy is not None and policy.is_strict("aspf"))
    strict_dkim = policy is not None and policy.is_strict("adkim")
    by_dkim = [key for key in keys if _is_aligned(dns, domain, key.domain, own, strict=strict_dkim)]
    ways = ["the DKIM signature"] * bool(by_dkim) + [f"the envelope sender (SPF, {envelope})"] * by_spf
    if ways:
        return ok(_PART, f"From ({domain}) agrees with {' and '.join(ways)}.")
    if keys:
        words = f"From ({domain}) agrees neither with the envelope sender ({envelope}) nor with any DKIM key."
        return fail(_PART, words, "Sign with a key of the sender's own domain.", "unaligned")
    words = (
        f"From ({domain}) doesn't agree with the envelope sender ({envelope}), so only the relay's signature can help."
    )
    mend = "Make sure that the relay signs with the sender's domain (d=), or sign here: COMMUNIQUE_DKIM."
    return warn(_PART, words, mend, "unaligned-without-keys")


def _is_aligned(dns: Dns, sender: str, other: str, own: str, *, strict: bool) -> bool:
    """Without a policy `own` is empty, and one domain below the other counts: that is all that can be said then."""
    sender, other = sender.lower(), other.lower()
    if sender == other:
        return True
    if strict:
        return False
    if not own:
        return sender.endswith(f".{other}") or other.endswith(f".{sender}")
    return dmarc.organisational(other, dmarc.walk(dns, other)) == own
