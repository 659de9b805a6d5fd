"""The table of answers. It is read from the top, and the first row that fits decides.

Order matters, and goes by what a mistake would cost: a provider that blocks us must never be read as a reader who
doesn't exist. So rows that speak about us come before those that speak about the reader wherever both could fit.

A row fits if all it names fits:

- `codes`: how the reply code may begin ("5", "53", "552").
- `status`: subject and detail of the enhanced code (RFC 3463), "1.1" for 4.1.1 and 5.1.1; * stands for the rest.
- `words`: any of these phrases, between |, in small letters; … stands for up to sixty characters. Addresses in the
  text are left out before.
- `stage`: the command that was answered, where it is known.
"""

from dataclasses import dataclass

from app.models.reply_class import ReplyClass

HARD, INACTIVE, QUOTA, SOFT, BLOCKED, CONTENT, PROTOCOL, RELAY = ReplyClass


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    reply_class: ReplyClass
    codes: tuple[str, ...] = ("4", "5")
    status: tuple[str, ...] = ()
    words: str = ""
    stage: str = ""


FINAL, TEMPORARY = ("5",), ("4",)

# Servers that put everybody off at first, whatever status they give it; and those that want us slower.
PATIENCE = (
    Rule(SOFT, TEMPORARY, words="greylist | graylist | grey-list | grey list | greylisting"),
    Rule(SOFT, TEMPORARY, words="maximum sending rate exceeded | concurrent connections limit"),
    Rule(SOFT, status=("2.1",), words="at a rate that | receiving mail too quickly | receiving mail at a rate"),
    # this reader's address can't be written on this way; neither the reader nor the campaign is at fault
    Rule(SOFT, status=("6.7",)),
    Rule(SOFT, words="smtputf8 | internationalized address | internationalised address"),
    # the address of a group that takes mail from its own organisation only: it exists, and others aren't concerned
    Rule(
        SOFT,
        words="""
            resolver.rst.authrequired | resolver.rst.notauthorized | resolver.rst.sendernotauthenticated
        """,
    ),
    Rule(SOFT, status=("7.120", "7.121", "7.122", "7.123", "7.124", "7.129", "7.133", "7.134", "7.135")),
)

# Statuses that leave no doubt, whatever the words are.
BY_NUMBER = (
    Rule(RELAY, ("530", "534", "535", "538")),
    Rule(RELAY, ("432", "454"), status=("7.*",)),
    Rule(RELAY, status=("7.8", "7.54", "7.60", "7.64")),
    # a sender without authentication, its address, its pace, its name (RFC 7372, and what the large providers added)
    Rule(BLOCKED, status=("7.2*", "7.3*", "7.5*", "7.6*", "7.7*")),
)

# Ours to put right: login, permission, what we pay for.
OUR_RELAY = (
    Rule(
        RELAY,
        words="""
            relay access denied | relaying denied | relay denied | relaying not allowed | relay not permitted |
            relaying is not permitted | not permitted to relay | unable to relay | do not relay | does not relay
            | relaying to…prohibited | list of allowed rcpthosts | must authenticate | authentication required |
            authentication is required | authentication credentials invalid | smtp auth required
        """,
    ),
    Rule(
        RELAY,
        words="""
            throttling failure: daily | daily message quota | daily user sending | daily sending quota |
            daily smtp relay | sending limit exceeded | sending quota exceeded | sending limit reached |
            credits exceeded | address is not verified | not owned by user | not authorized to send from |
            permissions to send as this sender | sendasdenied | submissionquotaexceeded | bad outbound sender |
            sending paused for this account | your account is | your account has been | sandbox subdomain
        """,
    ),
)

# The message, whoever gets it.
THE_MESSAGE = (
    Rule(CONTENT, status=("3.4", "2.3")),
    Rule(
        CONTENT,
        words="""
            message size exceeds | message exceeds…size | exceeded…message size | message too large |
            message is too large | message too big | message file too big | message length exceeds |
            maximum message size | message size limit | size limits
        """,
    ),
    Rule(CONTENT, status=("6.*",)),
)

# The provider doesn't want mail from this address of the Internet or this domain.
THE_SENDER = (
    Rule(BLOCKED, status=("1.7", "1.8")),
    Rule(
        BLOCKED,
        words="""
            spamhaus | spamcop | barracudacentral | barracuda reputation | abusix | sorbs | dnsbl | blacklist |
            black list | black-list | block list | blocklist | blocked list | denylist | blocked using |
            blocked by rbl | client host blocked | client host rejected | has been blocked because the sender |
            ip address is banned | banned sending | banned ip | is listed in | is listed on | is listed at
        """,
    ),
    Rule(
        BLOCKED,
        words="""
            reputation | bad dns ptr | ptr lookup | ptr record | no ptr | reverse dns | reverse lookup | rdns |
            dmarc | spf check | spf fail | spf record | dkim | unauthenticated email | is unauthenticated |
            frequency limited | rate limit | too many complaints | user complaints | unusual rate of |
            dynamic ip | (rp-0 | (sc-0 | (dy-0 | (ou-0 | [tss | [ts0 | [tsu | (tss | [ph0 | (ph0 | rp-001 |
            rp-002 | rp-003 | sc-001 | sc-002 | sc-003 | sc-004 | dy-001 | dy-002 | ou-001 | ou-002 | ofr_102 |
            ofr_104 | ofr_105 | ofr_506 | ofr_999
        """,
    ),
    Rule(
        BLOCKED,
        words="""
            sender address rejected | sender rejected | sender denied | sender domain | sender verify |
            sender verification | sender's domain | domain of sender | sender not allowed | sender id |
            helo command rejected | policy restriction | policy reason | policy violation | local policy |
            for policy | by policy | message refused by policy | weren't sent. please contact |
            access denied, spam abuse
        """,
    ),
)

# Filters that judged this very message; after those that name our reputation, which often say spam as well.
THE_FILTER = (
    Rule(
        CONTENT,
        words="""
            as spam | is spam | be spam | spam message | spam detected | suspicion of spam | contains spam |
            spam content | spam score | spamassassin | like spam | likely unsolicited | unsolicited mail |
            high-probability spam | dt:spm | hvu:b
        """,
    ),
    Rule(
        CONTENT,
        words="""
            content denied | content rejected | content reject | message content | its content presents |
            due to content | because of content | banned content | virus | malware | phishing |
            not rfc 5322 compliant | not rfc compliant | rfc 5322 compliance | malformed | uribl | surbl |
            message contains a url | domain present in the dbl
        """,
    ),
)

THE_MAILBOX = (
    # at MAIL nobody has been named yet: what is refused there is us
    Rule(BLOCKED, FINAL, status=("1.*", "2.*"), stage="MAIL"),
    Rule(BLOCKED, FINAL, words="unknown | not found | does not exist", stage="MAIL"),
    Rule(QUOTA, status=("2.2",)),
    Rule(
        QUOTA,
        words="""
            over quota | overquota | over the quota | over its quota | quota exceeded | quota exceed |
            exceeded…quota | exceeds…quota | quota full | quota violation | mailbox full | mailbox is full |
            mailbox…is full | mailbox size limit | inbox is full | out of storage | exceeded storage allocation
            | exceeded its storage | not enough space in mailbox | mailbox has exceeded |
            boite du destinataire pleine
        """,
    ),
    Rule(INACTIVE, FINAL, status=("2.1", "7.13")),
    Rule(
        INACTIVE,
        FINAL,
        words="""
            account…disabled | account…inactive | account…suspended | account…deactivated | account…closed |
            account…locked | mailbox…disabled | mailbox…inactive | mailbox…suspended | mailbox…deactivated |
            mailbox…locked | mailbox closed | mailbox is closed | user…disabled | user…inactive | user…suspended
            | user…deactivated | recipient…disabled | recipient…inactive | recipient…suspended |
            disabled recipient | inactive user | inactive recipient
        """,
    ),
    # Microsoft's directory check says so of addresses that its customer doesn't have
    Rule(HARD, FINAL, status=("4.1",), words="recipient address rejected: access denied"),
    Rule(HARD, FINAL, status=("1.1", "1.2", "1.3", "1.6", "1.10", "7.17", "7.18")),
    Rule(
        HARD,
        FINAL,
        words="""
            user unknown | unknown user | user not known | user is unknown | user not found |
            user does not exist | user doesn't exist | user doesn't have | user not local | no such user |
            not a known user | not a valid user | invalid user | no such recipient | recipient unknown |
            unknown recipient | recipient not found | recipientnotfound | recipient does not exist |
            recipient not exist | invalid recipient | recipient is invalid | no valid recipient |
            destinataire invalide | unknown local part | unknown local-part | not our customer | no longer valid
        """,
    ),
    Rule(
        HARD,
        FINAL,
        words="""
            no such mailbox | mailbox not found | mailbox does not exist | mailbox doesn't exist |
            mailbox unknown | unknown mailbox | invalid mailbox | no mailbox here | no mailbox by that name |
            no such address | unknown address | address unknown | address does not exist | address doesn't exist
            | address not found | no such person | account does not exist | account…does not exist |
            account not found | no such account | no account by that name | unrouteable address |
            unroutable address | no such domain
        """,
    ),
    Rule(HARD, ("556",)),
)

# What is left is read by its number.
THE_REST = (
    Rule(SOFT, TEMPORARY, status=("7.1",), words="try again | try later | retry | temporarily rejected"),
    Rule(BLOCKED, status=("7.*",)),
    # without a status, and with no word of policy, this is how many servers say that nobody has this address
    Rule(HARD, ("550",), status=("5.0",), words="mailbox unavailable"),
    Rule(HARD, ("550", "553"), words="mailbox unavailable | mailbox name not allowed", stage="RCPT"),
    Rule(SOFT, FINAL, status=("1.*", "2.*", "3.*", "4.*", "5.3")),
    Rule(PROTOCOL, FINAL, status=("5.*",)),
    Rule(PROTOCOL, ("50", "555")),
    Rule(HARD, ("550",), words="mailbox unavailable"),
    Rule(
        BLOCKED,
        FINAL,
        words="""
            access denied | blocked | banned | rejected by administrator | not allowed to send
        """,
    ),
    Rule(CONTENT, ("552",), words="size | too large | too big"),
    Rule(SOFT),
)

TABLE = (*PATIENCE, *BY_NUMBER, *OUR_RELAY, *THE_MESSAGE, *THE_SENDER, *THE_FILTER, *THE_MAILBOX, *THE_REST)
