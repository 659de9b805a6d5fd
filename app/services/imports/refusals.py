"""Why a line of a file is refused, in words that say what to do about it."""

from enum import StrEnum

from app.models import SuppressionReason


class Refusal(StrEnum):
    """Reasons that recur; what is wrong with an address is said in the words of `EmailAddress.parse`."""

    NO_ADDRESS = "There is no address in this line."
    DUPLICATE = "The address stands in the file before; that line counts."
    LEFT_HERE = "They unsubscribed here. If they want to come back, let them sign up again."
    WAITS_HERE = "They were asked here to confirm and have not done so yet. Nobody can do that for them."
    LEFT_THERE = "They unsubscribed there."
    BOUNCED_THERE = "Mail to them came back there."
    COMPLAINED_THERE = "They were blocked there, or complained."
    UNCONFIRMED_THERE = "They never confirmed there."
    OFF_THERE = "They had switched mail off there, or somebody did."
    UNKNOWN_THERE = "The file says something about their standing that is not understood. Ask them to sign up here."


SUPPRESSED = {
    SuppressionReason.HARD: "There is no such mailbox, as a mail server said here.",
    SuppressionReason.INACTIVE: "The mailbox is closed, as a mail server said here.",
    SuppressionReason.SOFT_LIMIT: "Mail to them came back here again and again.",
    SuppressionReason.COMPLAINT: "They complained here about our mail. Nobody may write to them.",
    SuppressionReason.UNSUBSCRIBED: "They unsubscribed here from everything. If they want to come back, "
    "let them sign up again.",
    SuppressionReason.REFUSED: "They said here that they do not want our mail.",
    SuppressionReason.ERASED: "They had their data erased here. If they want to come back, let them sign up again.",
    SuppressionReason.ADMIN: "Staff decided here that nothing is sent to this address.",
}
