"""The relays that mail is handed to: reached, greeted, encrypted, and logged in to; nothing is sent."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from app.relay_settings import RelaySettings
from app.services.doctor.diagnosis import Diagnosis, fail, ok, remark, warn
from app.smtp_url import SmtpUrl

SECONDS = 5.0
_EXPIRES_SOON_DAYS = 14


class _Unusable(Exception):
    """The relay can't be used; says why, to go on a sentence with."""


def examine(
    relay: RelaySettings,
    ehlo_name: str,
    *,
    now: datetime,
    context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Iterator[Diagnosis]:
    """Connect, say EHLO, begin TLS and log in as the settings say. Never raises."""
    part = f"Relay {relay.name}"
    try:
        server = _open(relay.url, ehlo_name, context or ssl.create_default_context(), seconds)
    except _Unusable as why:
        yield fail(
            part, f"{relay.url.place} can't be used: {why}.", "Correct COMMUNIQUE_SMTP_URL, or the relay.", "relay-away"
        )
        return
    with server:
        yield ok(part, f"{relay.url.place} answers{' over TLS' if relay.url.tls != 'none' else ''}.")
        yield from _certificate(part, server, now)
        yield from _login(part, server, relay.url)
        yield from _abilities(part, server)


def trouble(
    relay: RelaySettings, ehlo_name: str, *, context: ssl.SSLContext | None = None, seconds: float = 3.0
) -> str:
    """Why a relay can't be reached now, without logging in; empty if it can."""
    try:
        with _open(relay.url, ehlo_name, context or ssl.create_default_context(), seconds):
            return ""
    except _Unusable as why:
        return str(why)


def _open(url: SmtpUrl, ehlo_name: str, context: ssl.SSLContext, seconds: float) -> smtplib.SMTP:
    """A connection after EHLO, encrypted if it is to be; raises _Unusable."""
    try:
        return _greeted(url, ehlo_name, context, seconds)
    except ssl.SSLCertVerificationError as error:
        raise _Unusable(f"its certificate isn't valid ({error.verify_message})") from error
    except ssl.SSLError as error:
        raise _Unusable(f"it doesn't speak TLS as we do ({error.reason})") from error
    except socket.gaierror as error:
        raise _Unusable("there is no such host") from error
    except TimeoutError as error:
        raise _Unusable(f"it doesn't answer within {seconds:g} seconds") from error
    except smtplib.SMTPResponseException as error:
        raise _Unusable(f"it answers {error.smtp_code} {_said(error.smtp_error)}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise _Unusable("it doesn't offer STARTTLS") from error
    except smtplib.SMTPServerDisconnected as error:
        is_late = isinstance(error.__context__, TimeoutError)
        why = f"it doesn't answer within {seconds:g} seconds" if is_late else "it hangs up at once"
        raise _Unusable(why) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _Unusable(f"{error.strerror if isinstance(error, OSError) and error.strerror else error}") from error


def _greeted(url: SmtpUrl, ehlo_name: str, context: ssl.SSLContext, seconds: float) -> smtplib.SMTP:
    if url.tls == "implicit":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            url.host, url.port, local_hostname=ehlo_name, timeout=seconds, context=context
        )
    else:
        server = smtplib.SMTP(url.host, url.port, local_hostname=ehlo_name, timeout=seconds)
    try:
        server.ehlo_or_helo_if_needed()
        if url.tls == "starttls":
            server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


def _certificate(part: str, server: smtplib.SMTP, now: datetime) -> Iterator[Diagnosis]:
    shown = server.sock.getpeercert() if isinstance(server.sock, ssl.SSLSocket) else None
    if not shown or "notAfter" not in shown:
        return
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    days = (until - now).days
    if days < _EXPIRES_SOON_DAYS:
        words = f"Its certificate ends in {days} days ({until:%Y-%m-%d}); after that nothing is sent."
        yield warn(part, words, "Renew it.", "certificate-ends")


def _login(part: str, server: smtplib.SMTP, url: SmtpUrl) -> Iterator[Diagnosis]:
    if not url.user:
        return
    try:
        _log_in(server, url)
    except smtplib.SMTPResponseException as error:
        words = f"The login as {url.user} is refused: {error.smtp_code} {_said(error.smtp_error)}"
        yield fail(part, words, "Correct name and password in COMMUNIQUE_SMTP_URL.", "relay-login")
    except (smtplib.SMTPException, OSError) as error:
        yield fail(part, f"The login as {url.user} fails: {error}", "Correct COMMUNIQUE_SMTP_URL.", "relay-login")
    else:
        yield ok(part, f"The login as {url.user} works.")


def _log_in(server: smtplib.SMTP, url: SmtpUrl) -> None:
    """By the mechanism that the settings name, else by the best that both sides know."""
    if not url.auth:
        server.login(url.user, url.password)
        return
    server.user, server.password = url.user, url.password
    ways: dict[str, Any] = {"plain": server.auth_plain, "login": server.auth_login, "cram-md5": server.auth_cram_md5}
    if url.auth == "xoauth2":
        token = f"user={url.user}\1auth=Bearer {url.password}\1\1"
        server.auth("XOAUTH2", _Answers(token))
    else:
        server.auth(url.auth.upper(), ways[url.auth])


class _Answers:
    """Gives the token at once, and an empty line where a refusal is explained first."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, challenge: bytes | None = None, /) -> str:
        return self._token if challenge is None else ""


def _abilities(part: str, server: smtplib.SMTP) -> Iterator[Diagnosis]:
    """What it makes possible, as far as readers notice (RFC 6531, RFC 1870)."""
    if not server.has_extn("smtputf8"):
        yield remark(part, "It takes no addresses with letters outside of ASCII before the @ (no SMTPUTF8).")
    size = server.esmtp_features.get("size", "")
    if size.isdecimal() and 0 < int(size) < 1_000_000:
        words = f"It takes no message over {int(size):,} octets."
        yield warn(part, words, "A statement with a long text may be larger.", "relay-size")


def _said(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:200]
