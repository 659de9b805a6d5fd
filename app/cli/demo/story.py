"""The story that the demonstration plays, and what is counted in the inbox at its end."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from app.cli.demo import counting, readers
from app.cli.demo.counting import Figure
from app.cli.demo.people import LEAVER, PEOPLE, READERS, SILENT, STAFF, STATEMENTS, TOPICS, Standing, wire
from app.cli.demo.visitor import Visitor, wait_for
from app.cli.transaction import transaction
from app.clock import utc_now
from app.devinbox.store import Inbox
from app.mail.address import EmailAddress
from app.models import CampaignState, StaffMember, Subscriber, Subscription, Topic
from app.services import access, approval, campaigns, statements, topics
from app.services.campaigns import Progress
from app.services.editions import Press
from app.services.statement_import import import_statement
from app.settings import PROJECT, Settings

SAMPLES = PROJECT / "sample"


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
        self.subjects: list[str] = []
        self.unmoved = 0
        self.one_click_status = 0

    def play(self) -> list[Figure]:
        """Play it all; gives the table."""
        self._load_people()
        first = self._publish(SAMPLES / "statement.md")
        self._three_people_join()
        self._send(first)
        self._somebody_leaves()
        second = self._publish(SAMPLES / "second-statement.md")
        self._send(second)
        return self._count()

    def _load_people(self) -> None:
        now = utc_now()
        with transaction(self.settings) as session:
            access.add_staff(session, STAFF, "Press office", self.password)
            offered = {
                slug: topics.ensure(session, slug, name, position=place)
                for place, (slug, name) in enumerate(TOPICS.items())
            }
            readers.load(session, self.settings, READERS, offered[STATEMENTS], Standing(), now=now)
            for address, standing in SILENT.items():
                readers.load(session, self.settings, [address], offered[standing.topic], standing, now=now)
        self.say(f"{len(READERS):,} people have confirmed their subscription")
        self.say(f"{len(SILENT)} must get nothing: pending, gone, suppressed, or confirmed for another topic only")

    def _publish(self, file: Path) -> str:
        content = file.read_bytes()
        picture = SAMPLES / "entrance.jpg"
        with transaction(self.settings) as session:
            made, _ = import_statement(
                session, self.settings, content, file.name, today=utc_now().date(), image=picture.read_bytes()
            )
            statements.publish(session, made, utc_now())
        self.subjects.append(made.title)
        self.say(f"Published: {made.title}")
        return made.slug

    def _three_people_join(self) -> None:
        for address in PEOPLE:
            self.visitor.sign_up(address, TOPICS[STATEMENTS])
            link = _link(self.visitor.mail_to(wire(address)), f"{self.settings.public_url}/c/")
            before = self._states(address)
            self.visitor.get(link)
            self.unmoved += self._states(address) == before == {STATEMENTS: "pending"}
            self.visitor.press_button(link)
            if self._states(address) == {STATEMENTS: "confirmed"}:
                self.say(f"{address} signed up, opened the link (nothing changed), pressed the button: confirmed")

    def _send(self, slug: str) -> None:
        with transaction(self.settings) as session:
            author = session.scalars(select(StaffMember)).first()
            campaign = campaigns.prepare(session, statements.by_slug(session, slug), author)
            approval.waive(session, self.press, campaign, now=utc_now())
            campaigns.send(session, self.press, campaign, now=utc_now())
            public_id, subject = campaign.public_id, campaign.subject
        self.watch(subject, lambda: self._progress(public_id))

    def _progress(self, public_id: UUID) -> Progress:
        with transaction(self.settings) as session:
            return campaigns.progress(session, campaigns.get(session, public_id))

    def _somebody_leaves(self) -> None:
        url = str(self.visitor.mail_to(wire(LEAVER), number=2)["List-Unsubscribe"]).partition(">")[0].strip("<")
        self.one_click_status = self.visitor.one_click(url)
        self.say(f"{LEAVER} left with one click, as their mailbox provider does it (answer: {self.one_click_status})")

    def _count(self) -> list[Figure]:
        """Count the received mail itself, not what we remember of sending it."""
        entries = self.inbox.all()
        first, second = self.subjects
        return [
            *counting.count_confirmations(entries, first, second),
            Figure("links opened that changed nothing", len(PEOPLE), self.unmoved),
            *counting.count_first(entries, first),
            Figure("one-click answer", 200, self.one_click_status),
            *counting.count_second(entries, second),
            counting.count_silent(entries),
        ]

    def _states(self, address: str) -> dict[str, str]:
        """How somebody stands with each topic that they ever asked for."""
        found = (
            select(Topic.slug, Subscription.state)
            .join(Subscription.topic)
            .join(Subscription.subscriber)
            .where(Subscriber.identity == EmailAddress.parse(address).identity)
        )
        with transaction(self.settings) as session:
            return {slug: state.value for slug, state in session.execute(found)}


def watch_silently(_: str, look: Callable[[], Progress]) -> None:
    """Wait for the end of a campaign without showing anything."""
    wait_for(lambda: True if look().state is CampaignState.SENT else None, "the campaign's end", 60)


def _link(message: EmailMessage, beginning: str) -> str:
    """The first link in the plain text that begins so."""
    part = message.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    found = re.search(re.escape(beginning) + r"\S+", text)
    assert found is not None, f"no link {beginning}… in the mail"
    return found[0].rstrip(".,)")
