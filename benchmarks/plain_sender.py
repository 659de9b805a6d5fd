"""What one would write first: per reader a Jinja2 template, an `EmailMessage`, and smtplib on a kept connection.

`python -m benchmarks.plain_sender PORT NUMBER FILE [--prebuilt]`; the file is a mail as JSON, see `Mail`. `--prebuilt`
makes the message once and only hands it over again and again.
"""

import argparse
import json
import smtplib
import time
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from jinja2 import Template

from app.clock import utc_now
from benchmarks.processes import begin
from benchmarks.usage import Stopwatch

_DOMAIN = "opendoors.example"


@dataclass(frozen=True, slots=True)
class Mail:
    """The content that every sender sends: Jinja2 templates with `unsubscribe_url` and `preferences_url`."""

    subject: str
    text: str
    html: str

    def keep(self, path: Path) -> None:
        """Write it down for another process."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Mail":
        """Read what was kept."""
        return cls(**json.loads(path.read_text()))


class PlainSender:
    """Builds each message anew and waits for each reply."""

    def __init__(self, mail: Mail) -> None:
        self._subject, self._text, self._html = (Template(part) for part in (mail.subject, mail.text, mail.html))

    def message(self, number: int) -> EmailMessage:
        """The message of one reader."""
        page = f"https://news.{_DOMAIN}"
        values = {
            "first_name": "Amina",
            "unsubscribe_url": f"{page}/u/{number:08}{'t' * 50}",
            "preferences_url": f"{page}/p/{number:08}{'t' * 50}",
        }
        message = EmailMessage()
        message["From"] = f"Open Doors International <news@{_DOMAIN}>"
        message["To"] = f"reader{number}@mail.example"
        message["Subject"] = self._subject.render(values)
        message["Date"] = format_datetime(utc_now())
        message["Message-ID"] = make_msgid(domain=_DOMAIN)
        message["List-Unsubscribe"] = f"<{values['unsubscribe_url']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(self._text.render(values))
        message.add_alternative(self._html.render(values), subtype="html")
        return message

    def send(self, port: int, messages: int) -> None:
        """One after the other, each with an envelope sender of its own."""
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for number in range(messages):
                smtp.send_message(self.message(number), from_addr=f"b+{number}@{_DOMAIN}")

    def send_prebuilt(self, port: int, messages: int) -> None:
        """The same bytes again and again: what smtplib alone can do."""
        data = self.message(0).as_bytes().replace(b"\n", b"\r\n")
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for number in range(messages):
                smtp.sendmail(f"b+{number}@{_DOMAIN}", [f"reader{number}@mail.example"], data)


def main() -> None:
    """Send, and report seconds and CPU seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("number", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--prebuilt", action="store_true")
    chosen = parser.parse_args()
    sender = PlainSender(Mail.read(chosen.file))
    begin()
    watch, began = Stopwatch.start(), time.monotonic()
    if chosen.prebuilt:
        sender.send_prebuilt(chosen.port, chosen.number)
    else:
        sender.send(chosen.port, chosen.number)
    print(json.dumps({"seconds": time.monotonic() - began, "cpu": watch.cpu}))


if __name__ == "__main__":
    main()
