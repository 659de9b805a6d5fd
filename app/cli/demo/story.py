"""The story that the demonstration plays, and what is counted in the inbox at its end."""

import re
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from app.cli.demo import readers
from app.cli.demo.visitor import Visitor, wait_for
from app.cli.transaction import transaction
from app.clock import utc_now
from app.devinbox.store import Inbox
from app.links import Links
from app.mail.address import EmailAddress
from app.models import CampaignState, StaffMember, Subscriber, Subscription
from app.services import access, campaigns, statements, topics
from app.services.campaigns import Progress
from app.services.editions import Press
from app.services.statement_import import import_statement
from app.settings import PROJECT, Settings
from app.tokens import Tokens

SAMPLES = PROJECT / "sample"
READERS = 1000
PEOPLE = ("maria.silva@mail.example", "JOSÉ@büro.example", "noor@post.example")
STAFF = "press@opendoors.example"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was expected, and what was counted in the inbox."""

    what: str
    expected: int
    counted: int

    @property
    def is_right(self) -> bool:
        """Whether both are the same."""
        return self.expected == self.counted


@dataclass
class Story:
    """The main job, step by step; `say` tells the user, `watch` shows a campaign's progress."""

    settings: Settings
    say: Callable[[str], None]
    watch: Callable[[str, Callable[[], Progress]], None]
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.settings.var_dir / "inbox")
        self.visitor = Visitor(self.settings.public_url, self.inbox)
        self.press = Press.from_settings(self.settings)
        self.links = Links(self.settings.public_url, Tokens(self.settings.signing_keys))
        self.unmoved = 0
        self.one_click_status = 0

    def play(self) -> list[Figure]:
        """Play it all; gives the table."""
        first = self._prepare()
        self._three_people_join()
        self._send(first)
        leaver = self._somebody_leaves()
        second = self._publish(SAMPLES / "second-statement.md")
        self._send(second)
        return self._count(leaver)

    def _prepare(self) -> str:
        with transaction(self.settings) as session:
            access.add_staff(session, STAFF, "Press office", self.password)
            topic = topics.ensure(session, "statements", "Statements")
            readers.load(session, self.settings, topic, READERS, now=utc_now())
        self.say(f"{READERS:,} people have confirmed their subscription")
        return self._publish(SAMPLES / "statement.md")

    def _publish(self, file: Path) -> str:
        content = file.read_bytes()
        picture = SAMPLES / "entrance.jpg"
        with transaction(self.settings) as session:
            made, _ = import_statement(
                session, self.settings, content, file.name, today=utc_now().date(), image=picture.read_bytes()
            )
            statements.publish(session, made, utc_now())
        self.say(f"Published: {made.title}")
        return made.slug

    def _three_people_join(self) -> None:
        for address in PEOPLE:
            self.visitor.sign_up(address)
            link = _link(self.visitor.mail_to(_wire(address)), f"{self.settings.public_url}/c/")
            before = self._states(address)
            self.visitor.get(link)
            self.unmoved += self._states(address) == before == ["pending"]
            self.visitor.press_button(link)
            if self._states(address) == ["confirmed"]:
                self.say(f"{address} signed up, opened the link (nothing changed), pressed the button: confirmed")

    def _send(self, slug: str) -> None:
        with transaction(self.settings) as session:
            author = session.scalars(select(StaffMember)).first()
            campaign = campaigns.prepare(session, statements.by_slug(session, slug), author)
            campaigns.send(session, self.press, campaign, now=utc_now())
            public_id, subject = campaign.public_id, campaign.subject
        self.watch(subject, lambda: self._progress(public_id))

    def _progress(self, public_id: UUID) -> Progress:
        with transaction(self.settings) as session:
            return campaigns.progress(session, campaigns.get(session, public_id))

    def _somebody_leaves(self) -> str:
        leaver = _wire(PEOPLE[0])
        url = str(self.visitor.mail_to(leaver, number=2)["List-Unsubscribe"]).strip("<>")
        self.one_click_status = self.visitor.one_click(url)
        self.say(f"{leaver} left with one click, as their mailbox provider does it (answer: {self.one_click_status})")
        return leaver

    def _count(self, leaver: str) -> list[Figure]:
        """Count the received mail itself: recipient by recipient, subject by subject."""
        everybody = READERS + len(PEOPLE)
        with transaction(self.settings) as session:
            subjects = [made.title for made in reversed(statements.newest(session, limit=2))]
            known = {f"{person.local}@{person.domain}" for person in session.scalars(select(Subscriber))}
        got: dict[str, Counter[str]] = {subject: Counter() for subject in subjects}
        confirmations: Counter[str] = Counter()
        for entry in self.inbox.all():
            got.get(entry.subject, confirmations).update(entry.recipients)
        first, second = (got[subject] for subject in subjects)
        return [
            Figure("confirmation mails", len(PEOPLE), confirmations.total()),
            Figure("links opened that changed nothing", len(PEOPLE), self.unmoved),
            Figure("first statement: people who got it", everybody, len(first)),
            Figure("first statement: second copies", 0, first.total() - len(first)),
            Figure("first statement: people who did not ask", 0, len(first.keys() - known)),
            Figure("one-click answer", 200, self.one_click_status),
            Figure("second statement: people who got it", everybody - 1, len(second)),
            Figure("second statement: second copies", 0, second.total() - len(second)),
            Figure("second statement: mails to who had left", 0, second[leaver]),
        ]

    def _states(self, address: str) -> list[str]:
        with transaction(self.settings) as session:
            found = select(Subscription.state).join(Subscriber).where(Subscriber.identity == _identity(address))
            return [state.value for state in session.scalars(found)]


def watch_silently(_: str, look: Callable[[], Progress]) -> None:
    """Wait for the end of a campaign without showing anything."""
    wait_for(lambda: True if look().state is CampaignState.SENT else None, "the campaign's end", 60)


def _identity(address: str) -> str:
    return EmailAddress.parse(address).identity


def _wire(address: str) -> str:
    return EmailAddress.parse(address).wire


def _link(message: EmailMessage, beginning: str) -> str:
    """The first link in the plain text that begins so."""
    part = message.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    found = re.search(re.escape(beginning) + r"\S+", text)
    assert found is not None, f"no link {beginning}… in the mail"
    return found[0].rstrip(".,)")
