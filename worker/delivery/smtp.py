"""The conversation with the relay (RFC 5321), one message after the other on a connection that is kept.

The phases are driven one by one, because what a lost connection means depends on the phase: before the final dot
nothing was taken, after it nobody knows (RFC 1047).
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable

from app.models.delivery_states import DeliveryEvent
from app.smtp_url import SmtpUrl
from worker.delivery.outcome import Outcome, RelayAway

CONNECT_SECONDS = 30.0
COMMAND_SECONDS = 300.0
END_OF_DATA_SECONDS = 600.0
MAXIMUM_TEXT = 1000
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
_LOST = (smtplib.SMTPServerDisconnected, OSError)


class SmtpTransport:
    """One kept connection; opened when needed, opened again when the relay has closed it."""

    def __init__(self, url: SmtpUrl, ehlo_name: str) -> None:
        self._url = url
        self._ehlo_name = ehlo_name
        self._smtp: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, message: bytes, before_end: Callable[[], None]) -> Outcome:
        """Hand over one message; a kept connection that turns out to be closed is opened once more."""
        kept = self._smtp is not None
        smtp = self._smtp or self._connect()
        begun = False

        def end_is_near() -> None:
            nonlocal begun
            begun = True
            before_end()

        try:
            return self._transaction(smtp, sender, recipient, message, end_is_near)
        except _LOST as error:
            self._drop()
            if begun:
                return Outcome(DeliveryEvent.UNKNOWN, text=f"the connection was lost after the message: {error}")
            if kept:
                return self.send(sender, recipient, message, before_end)
            return Outcome(DeliveryEvent.DEFERRED, text=f"the connection was lost: {error}")

    def _transaction(
        self, smtp: smtplib.SMTP, sender: str, recipient: str, message: bytes, before_end: Callable[[], None]
    ) -> Outcome:
        options = []
        if not recipient.isascii():
            if not smtp.has_extn("smtputf8"):
                return Outcome(DeliveryEvent.REFUSED, 550, "5.6.7", "the relay does not offer SMTPUTF8")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        elif smtp.has_extn("size"):
            options = [f"SIZE={len(message)}"]
        smtp.command_encoding = "ascii" if recipient.isascii() else "utf-8"
        commands = (
            ("MAIL", f"FROM:<{sender}> {' '.join(options)}".rstrip()),
            ("RCPT", f"TO:<{recipient}>"),
            ("DATA", ""),
        )
        for command, argument in commands:
            code, text = smtp.docmd(command, argument)
            if code >= 400:
                return self._abandoned(smtp, _outcome(code, text))
        return self._contents(smtp, message, before_end)

    def _contents(self, smtp: smtplib.SMTP, message: bytes, before_end: Callable[[], None]) -> Outcome:
        """Send the octets after 354; the reply to the final dot may take ten minutes (section 4.5.3.2.6)."""
        smtp.send(_stuffed(message))
        before_end()
        smtp.send(b".\r\n")
        if smtp.sock is not None:
            smtp.sock.settimeout(END_OF_DATA_SECONDS)
        code, text = smtp.getreply()
        if smtp.sock is not None:
            smtp.sock.settimeout(COMMAND_SECONDS)
        if code == 421:
            self._drop()
        return _outcome(code, text)

    def _abandoned(self, smtp: smtplib.SMTP, outcome: Outcome) -> Outcome:
        """Clear the transaction after a refusal; a relay that says 421 is closing (RFC 5321 section 3.8)."""
        if outcome.code == 421:
            self._drop()
            raise RelayAway(outcome.text)
        try:
            smtp.docmd("RSET")
        except _LOST:
            self._drop()
        return outcome

    def _connect(self) -> smtplib.SMTP:
        url = self._url
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            smtp: smtplib.SMTP
            if url.tls == "implicit":
                smtp = smtplib.SMTP_SSL(
                    url.host, url.port, local_hostname=self._ehlo_name, timeout=CONNECT_SECONDS, context=context
                )
            else:
                smtp = smtplib.SMTP(url.host, url.port, local_hostname=self._ehlo_name, timeout=CONNECT_SECONDS)
            smtp.ehlo_or_helo_if_needed()
            if url.tls == "starttls":
                smtp.starttls(context=context)
                smtp.ehlo()
            if url.user:
                smtp.login(url.user, url.password)
        except (smtplib.SMTPException, OSError) as error:
            raise RelayAway(f"{url}: {error}") from error
        if smtp.sock is not None:
            smtp.sock.settimeout(COMMAND_SECONDS)
            # without it the final dot waits for the acknowledgement of the body, 40 ms a message
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._smtp = smtp
        return smtp

    def close(self) -> None:
        """Say QUIT."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (smtplib.SMTPException, OSError):
                smtp.close()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def _stuffed(message: bytes) -> bytes:
    """Dot-stuff (RFC 5321 section 4.5.2) and end with CRLF; messages have CRLF line ends already."""
    body = message.replace(b"\r\n.", b"\r\n..")
    body = b"." + body if body.startswith(b".") else body
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _outcome(code: int, text: bytes) -> Outcome:
    """Read a reply: its first digit is what counts (RFC 5321 section 4.2.1)."""
    words = text.decode("utf-8", "replace")[:MAXIMUM_TEXT]
    match = _ENHANCED.match(words)
    event = {2: DeliveryEvent.ACCEPTED, 4: DeliveryEvent.DEFERRED, 5: DeliveryEvent.REFUSED}.get(code // 100)
    if event is None:
        raise smtplib.SMTPServerDisconnected(f"the relay answered {code} {words}")
    return Outcome(event, code, match[1] if match else None, words)
