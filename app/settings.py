"""Everything that is decided where the service is installed: typed, checked and read once.

Settings come from the environment and an optional file, all under the prefix `COMMUNIQUE_`; the environment wins.
They are passed on as one frozen value; nothing else in the code looks at the environment.
"""

import re
from collections.abc import Callable
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    InstanceOf,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app import setting_values as values
from app.dkim_key import DkimKey, parse_keys
from app.domain_limits import DomainLimit, parse_domain_limits
from app.hook_settings import login, login_or_token, signing_key, topic_arns, verification_key
from app.intake_address import ListenAddress, Mailbox
from app.mailbox_providers import MailboxProviders
from app.ramp import parse_ramp
from app.relay_settings import RelaySettings, parse_relays
from app.signup_limits import SignupLimits, SignupRules
from app.smtp_url import SmtpUrl

PREFIX = "COMMUNIQUE_"
PROJECT = Path(__file__).resolve().parents[1]
MINIMUM_KEY_LENGTH = 32
_VARIABLES = {"relays": "smtp_url"}
FREE_MAIL = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de"}
)
_PLAIN_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_LOGIN = re.compile(r"(?<=://)([^:]*):.*@", re.DOTALL)
_PASSWORD_OPTION = re.compile(r"([?&][^=&]*password=)[^&]*", re.IGNORECASE)


List = Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.split)]
Keys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(values.split)]
Lines = Annotated[str, BeforeValidator(values.lines)]


_PARSERS: dict[str, Callable[[str], object]] = {
    "relays": parse_relays,
    "domain_limits": parse_domain_limits,
    "ramp": parse_ramp,
    "dkim": parse_keys,
}


class Settings(BaseSettings):
    """What the installation decides. Each description is the help text of `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        str_strip_whitespace=True,
    )

    environment: Literal["production", "development", "demo", "test"] = Field(
        "production", description="production, development, demo or test. /dev/inbox exists in the last three only."
    )
    var_dir: Path = Field(Path("var"), description="Folder for data of this machine: embedded servers, journals.")
    database_url: str = Field(
        "",
        description="postgresql+psycopg://user:pass@host/name. Empty: PostgreSQL from its wheel, in var/.",
        repr=False,
    )
    redis_url: str = Field(
        "", description="redis://:pass@host:6379/0. Empty: Valkey from its wheel, in var/.", repr=False
    )
    secret_keys: Keys = Field(
        description="Secrets that sign links, comma-separated, oldest first; the last one signs, all verify. "
        "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    )
    address_pepper: SecretStr = Field(
        description="Secret that hides suppressed addresses; make it like a secret key and never change it."
    )
    public_url: str = Field(
        description="Address of this service as readers see it, a host without a path: https://news.example.org"
    )
    host: str = Field("127.0.0.1", description="Address on which `communique up` listens.")
    port: int = Field(8000, description="Port on which `communique up` listens.", ge=1, le=65535)
    trusted_proxies: int = Field(0, description="How many reverse proxies stand before the web server.", ge=0, le=5)
    session_idle_minutes: int = Field(
        480, description="After so many minutes without a page staff have to sign in again, 30 to 480.", ge=30, le=480
    )
    session_days: int = Field(
        7, description="After so many days they have to sign in again in any case, 1 to 30.", ge=1, le=30
    )
    relays: Annotated[tuple[RelaySettings, ...], NoDecode] = Field(
        description="smtp://user:pass@host:587?tls=starttls or smtps://user:pass@host; several with blanks between "
        "them. Options such as &name=a&weight=3&per_second=200 follow: see docs/operations.md, Limits."
    )
    domain_limits: Annotated[tuple[DomainLimit, ...], NoDecode] = Field(
        (),
        description="What recipients' domains may be given per second, hour and day: "
        "gmail.com 20/s 5000/h 50000/d; example.org+example.net 5/s",
    )
    ramp: Annotated[tuple[int, ...], NoDecode] = Field(
        (200, 500, 1000, 2000, 5000, 10000, 20000, 40000),
        description="Messages per day of a relay's warm-up, from the day in its option ramp_from on; then no limit.",
    )
    give_up_hours: int = Field(
        72, description="How many hours a statement that is put off is tried again, 24 to 120.", ge=24, le=120
    )
    smtp_hostname: str = Field("", description="Name said in EHLO. Empty: the host of the public URL.")
    statements_from: str = Field(description="Sender of statements: Example Organisation <news@example.org>")
    service_from: str = Field(description="Sender of confirmation mails, a separate stream: hello@mail.example.org")
    reply_to: str = Field("", description="Where answers of readers go. Empty: the contact address.")
    bounce_domain: str = Field("", description="Domain of the envelope sender. Empty: the domain of the sender.")
    intake_listen: str = Field(
        "",
        description="Where your mail server hands over what comes to the bounce domain: lmtp://127.0.0.1:8024. "
        "Empty: nothing listens.",
    )
    intake_mailbox: str = Field(
        "",
        description="Mailbox from which bounces and complaints are fetched: imaps://user:pass@host/INBOX. "
        "What is stored is deleted there.",
        repr=False,
    )
    hook_ses: Annotated[List, AfterValidator(topic_arns)] = Field(
        (),
        description="Webhook /hooks/ses: the topics of Amazon SNS that may call, "
        "arn:aws:sns:eu-west-1:123456789012:bounces. See docs/operations.md, Reports by webhook, for all five.",
    )
    hook_postmark: Annotated[SecretStr, AfterValidator(login)] = Field(
        SecretStr(""), description="Webhook /hooks/postmark: name:password that stand in the address it is given."
    )
    hook_sendgrid: Annotated[str, AfterValidator(verification_key)] = Field(
        "", description="Webhook /hooks/sendgrid: the verification key of its signed event webhook, MFkw…"
    )
    hook_mailgun: Annotated[SecretStr, AfterValidator(signing_key)] = Field(
        SecretStr(""), description="Webhook /hooks/mailgun: its HTTP webhook signing key."
    )
    hook_brevo: Annotated[SecretStr, AfterValidator(login_or_token)] = Field(
        SecretStr(""), description="Webhook /hooks/brevo: a token, or name:password."
    )
    dkim: Annotated[tuple[InstanceOf[DkimKey], ...], NoDecode] = Field(
        (),
        description="Keys that sign mails, selector:domain:/path/to/key.pem with blanks between several. "
        "Empty: the relay signs. See docs/operations.md, DKIM.",
    )
    list_domain: str = Field("", description="Domain of List-Id, never changed later. Empty: list-id.<sender domain>")
    feedback_id: str = Field(
        "communique", description="Sender in Feedback-ID, 5-15 letters.", pattern=r"^[A-Za-z0-9_-]{5,15}$"
    )
    organisation: str = Field(description="Name of the organisation that writes.", min_length=1)
    postal_address: Lines = Field(
        description=r"Street address, in every mail by law; \n makes a new line.", min_length=1
    )
    contact_email: str = Field(description="Address for readers' questions, in every mail.", min_length=3)
    contact_phone: str = Field("", description="Telephone for readers' questions. Empty: none is shown.")
    about_url: str = Field("", description="Web site of the organisation, linked from pages and mails.")
    privacy_url: str = Field("", description="Privacy notice, linked from the form and the confirmation mail.")
    subject_matter: str = Field("our work", description="The news is about …: 'the rights of disabled people'")
    subject_matter_in: values.ByLanguage = Field(
        (), description="The same by language: 'fr=nos droits; de=unsere Rechte'"
    )
    footer_text: Lines = Field("", description="A sentence in the footer of each statement, such as a tax note.")
    languages: List = Field(
        ("en",), description="Languages that readers may choose, such as en,fr,pt-BR; the first is the default."
    )
    return_pages: List = Field(
        (), description="Pages to which an embedded form may lead back: https://example.org/thanks, comma-separated."
    )
    embed_origins: List = Field(
        (), description="Sites that may show the form in an iframe: https://example.org, comma-separated."
    )
    signup_limits: SignupRules = Field(
        SignupLimits(), description="What the sign-up form lets pass: see docs/operations.md, A form under attack."
    )
    office_timezone: str = Field("UTC", description="Time zone of the office: Europe/Berlin")
    undo_seconds: int = Field(
        30, description="How long sending can be undone before the first mail leaves; 0: not at all.", ge=0, le=3600
    )
    soft_bounces: int = Field(
        3,
        description="So many statements in a row that a mailbox puts off for good end its subscription …",
        ge=2,
        le=20,
    )
    soft_bounce_days: int = Field(
        14, description="… if at least so many days lie between the first and the last.", ge=1, le=365
    )
    unknown: Literal["resend", "hold"] = Field(
        "resend",
        description="Mail of which nobody knows whether it arrived: resend (once more after a while) or hold (never).",
    )
    unknown_after_minutes: int = Field(
        60, description="How long after its handover unknown mail is sent once more.", ge=1, le=10_080
    )

    @field_validator(*_PARSERS, mode="before")
    @classmethod
    def _parse(cls, value: object, info: ValidationInfo) -> object:
        return _PARSERS[str(info.field_name)](value) if isinstance(value, str) else value

    @field_validator("intake_listen")
    @classmethod
    def _check_listen(cls, value: str) -> str:
        return str(ListenAddress.parse(value)) if value else value

    @field_validator("intake_mailbox")
    @classmethod
    def _check_mailbox(cls, value: str) -> str:
        if value:
            Mailbox.parse(value)
        return value

    @field_validator("domain_limits")
    @classmethod
    def _check_domain_limits(cls, value: tuple[DomainLimit, ...]) -> tuple[DomainLimit, ...]:
        MailboxProviders(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str) -> str:
        return values.database_address(value) if value else value

    @field_validator("redis_url")
    @classmethod
    def _check_broker(cls, value: str) -> str:
        return values.broker_address(value) if value else value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        return values.web_origin(value, "https://news.example.org")

    @field_validator("about_url", "privacy_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return values.web_address(value).rstrip("/") if value else value

    @field_validator("return_pages")
    @classmethod
    def _check_pages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(values.web_address, value))

    @field_validator("embed_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(values.web_origin(site, "https://example.org") for site in value)

    @field_validator("smtp_hostname", "bounce_domain", "list_domain")
    @classmethod
    def _check_host(cls, value: str) -> str:
        return values.host_name(value) if value else value

    @field_validator("languages")
    @classmethod
    def _check_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one language, such as en")
        return tuple(dict.fromkeys(map(values.language_tag, value)))

    @field_validator("statements_from", "service_from")
    @classmethod
    def _check_sender(cls, value: str) -> str:
        sender = mailbox(value)
        if not (sender.username and sender.domain and value.isprintable()):
            raise ValueError("write it like Example Organisation <news@example.org>")
        if sender.domain.lower() in FREE_MAIL:
            raise ValueError(f"{sender.domain} can't be signed for; send from a domain of your own")
        return value

    @field_validator("contact_email", "reply_to")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if value and not _PLAIN_ADDRESS.fullmatch(value):
            raise ValueError("write an email address alone, like office@example.org")
        return value

    @field_validator("office_timezone")
    @classmethod
    def _check_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value} is no time zone; write it like Europe/Berlin") from error
        return value

    @model_validator(mode="after")
    def _check_signers(self) -> Self:
        senders = {mailbox(sender).domain for sender in (self.statements_from, self.service_from)}
        for key in self.dkim:
            if not any(map(key.speaks_for, senders)):
                raise ValueError(
                    f"{PREFIX}DKIM: the key for {key.domain} signs for no sender ({', '.join(sorted(senders))}); "
                    "a key's domain is that of a sender, or one above it"
                )
        return self

    @model_validator(mode="after")
    def _check_production(self) -> Self:
        if self.environment != "production":
            return self
        if not self.secret_keys or any(_is_weak(key.get_secret_value()) for key in self.secret_keys):
            raise ValueError(
                f"{PREFIX}SECRET_KEYS holds a weak key: use at least {MINIMUM_KEY_LENGTH} random characters, made with "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if _is_weak(self.address_pepper.get_secret_value()):
            raise ValueError(f"{PREFIX}ADDRESS_PEPPER is weak: use at least {MINIMUM_KEY_LENGTH} random characters")
        if not self.public_url.startswith("https://"):
            raise ValueError(f"{PREFIX}PUBLIC_URL has to begin with https:// in production")
        return self

    @property
    def signing_keys(self) -> list[str]:
        """Keys for itsdangerous, oldest first."""
        return [key.get_secret_value() for key in self.secret_keys]

    @property
    def is_secure(self) -> bool:
        """Whether readers reach us by TLS, and cookies can be marked so."""
        return self.public_url.startswith("https://")

    @property
    def smtp_url(self) -> SmtpUrl:
        """The address of the first relay."""
        return self.relays[0].url

    @property
    def sender_domain(self) -> str:
        """Domain of the statements' sender; Message-IDs live here."""
        return mailbox(self.statements_from).domain

    @property
    def envelope_domain(self) -> str:
        """Domain of the envelope sender (VERP)."""
        return self.bounce_domain or self.sender_domain

    @property
    def hears_answers(self) -> bool:
        """Whether anything takes in what comes to the envelope senders."""
        return bool(self.intake_listen or self.intake_mailbox)

    @property
    def list_namespace(self) -> str:
        """Namespace of List-Id (RFC 2919 section 3)."""
        return self.list_domain or f"list-id.{self.sender_domain}"

    @property
    def ehlo_name(self) -> str:
        """What we call ourselves in EHLO (RFC 5321 section 4.1.1.1)."""
        return self.smtp_hostname or urlsplit(self.public_url).hostname or "localhost"

    def masked(self) -> dict[str, str]:
        """Each setting under its variable's name, secrets hidden, for `communique settings`."""
        return {variable(name): _shown(getattr(self, name)) for name in type(self).model_fields}


def variable(field: str) -> str:
    """The environment variable that a field of the settings is read from."""
    return PREFIX + _VARIABLES.get(field, field).upper()


def mailbox(text: str) -> Address:
    """`Name <local@domain>` as an Address; an empty one if it can't be read."""
    name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    return Address(name, local, domain) if at else Address(name)


def _is_weak(key: str) -> bool:
    return len(key) < MINIMUM_KEY_LENGTH or len(set(key)) < 10 or "change" in key.lower()


def _shown(value: object) -> str:
    """A value without its secrets: a password may stand before the host or among the options of an address."""
    if isinstance(value, tuple):
        separators = {RelaySettings: " ", DomainLimit: "; ", DkimKey: " "}
        return separators.get(type(value[0]) if value else str, ", ").join(_shown(part) for part in value)
    if isinstance(value, RelaySettings) or "://" not in str(value):
        return str(value)
    return _LOGIN.sub(r"\1:***@", _PASSWORD_OPTION.sub(r"\1***", str(value)))
