"""A conversation against a model of a mail server that misbehaves at random; whatever it does, the books are right."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.models.delivery_states import DeliveryEvent
from worker.smtp.conversation import Conversation
from worker.smtp.outcome import Envelope

MODES = [frozenset({"SIZE"}), frozenset({"SIZE", "PIPELINING"}), frozenset({"PIPELINING", "CHUNKING"})]
BODIES = [b"Subject: a\r\n\r\nhi\r\n", b".\r\n..\r\n.x\r\n", b"x\r\n" * 40, b"RSET\r\nQUIT\r\n"]
YES = b"250 2.0.0 ok\r\n"
MOODS = {
    "yes": None,
    "later": b"451-4.3.0 not\r\n451 4.3.0 now\r\n",
    "no": b"550 5.7.1 never\r\n",
    "not you": b"530 5.7.0 log in first\r\n",
    "closing": b"421 4.3.2 closing\r\n",
    "garbage": b"~~~ what ~~~\r\n",
    "strange": b"354 why not\r\n",
}


MIXED_MOODS = st.lists(st.sampled_from(["yes"] * 30 + ["later", "no"] * 6 + list(MOODS)), min_size=1, max_size=16)


class Model:
    """A server that keeps the protocol except where its mood says otherwise. It takes what it says that it takes,
    but may say so of octets that are for nobody.

    It may also take a message and never say so. After 421 or garbage it neither reads nor takes anything more.
    """

    def __init__(self, *, invites_anyway: bool) -> None:
        self.invites_anyway = invites_anyway
        self.heard = b""
        self.sender: str | None = None
        self.recipient: str | None = None
        self.in_data = self.gone = False
        self.taken: dict[int, bytes] = {}

    def step(self, mood: str) -> bytes | None:
        """Handle one command in this mood; None if there is no whole one."""
        if self.gone:
            return None
        if self.in_data:
            return self._body(mood)
        line, newline, rest = self.heard.partition(b"\r\n")
        if not newline:
            return None
        verb, _, argument = line.decode().partition(" ")
        if verb == "BDAT":
            size = int(argument.split()[0])
            if len(rest) < size:
                return None
            self.heard = rest[size:]
            return self._end(rest[:size], mood)
        self.heard = rest
        return self._command(verb, argument.partition("<")[2].partition(">")[0], mood)

    def _command(self, verb: str, path: str, mood: str) -> bytes:
        if (reply := self._in_mood(mood)) is not None:
            return reply
        match verb:
            case "RSET":
                self.sender = self.recipient = None
            case "MAIL":
                if self.sender is not None:
                    return b"503 5.5.1 nested MAIL\r\n"
                self.sender = path
            case "RCPT":
                if self.sender is None:
                    return b"503 5.5.1 MAIL first\r\n"
                self.recipient = path
            case "DATA":
                self.in_data = self.recipient is not None or self.invites_anyway
                return b"354 go on\r\n" if self.in_data else b"554 5.5.1 no valid recipients\r\n"
        return YES

    def _body(self, mood: str) -> bytes | None:
        end = (b"\r\n" + self.heard).find(b"\r\n.\r\n")
        if end < 0:
            return None
        lines, self.heard = self.heard[:end], self.heard[end + 3 :]
        self.in_data = False
        return self._end(b"".join(line.removeprefix(b".") for line in lines.splitlines(keepends=True)), mood)

    def _end(self, data: bytes, mood: str) -> bytes:
        sender, recipient = self.sender, self.recipient
        if recipient is None:
            return self._in_mood(mood) or (YES if self.invites_anyway else b"503 5.5.1 no recipient\r\n")
        if mood in {"yes", "garbage"}:
            assert sender is not None
            number = int(sender.partition("+")[2].partition("@")[0])
            assert recipient == f"r{number}@example.net", "a message went to somebody else"
            assert number not in self.taken, "a message was taken twice"
            self.taken[number] = data
        if mood in {"yes", "closing"} or not self.invites_anyway:
            # a server may keep the transaction after it refused the message, as RFC 3030 allows
            self.sender = self.recipient = None
        return self._in_mood(mood) or YES

    def _in_mood(self, mood: str) -> bytes | None:
        self.gone = self.gone or mood in {"closing", "garbage", "strange"}
        return MOODS[mood]


class Books(RuleBasedStateMachine):
    """Offers, octets either way in pieces, moods, and connections that break at any moment."""

    @initialize(mode=st.sampled_from(MODES), invites_anyway=st.booleans(), limit=st.sampled_from([None, 3]))
    def begin(self, mode: frozenset[str], invites_anyway: bool, limit: int | None) -> None:
        self.conversation = Conversation(mode, limit, relay="a")
        self.model = Model(invites_anyway=invites_anyway)
        self.to_client = b""
        self.offered: dict[int, Envelope] = {}
        self.outcomes: dict[int, DeliveryEvent] = {}
        self.returned: set[int] = set()
        self.begun: set[int] = set()

    @precondition(lambda self: self.conversation.room > 0)
    @rule(bodies=st.lists(st.sampled_from(BODIES), min_size=1, max_size=4))
    def offer(self, bodies: list[bytes]) -> None:
        for body in bodies[: self.conversation.room]:
            self.offer_one(body)

    def offer_one(self, body: bytes) -> None:
        number = len(self.offered)
        self.offered[number] = Envelope(number, f"b+{number}@example.org", f"r{number}@example.net", body, "a")
        self.conversation.offer(self.offered[number])

    @rule(share=st.sampled_from([1.0] * 12 + [0.5, 0.9]))
    def send(self, share: float) -> None:
        """The bytes leave; with a share below 1 the connection breaks under them."""
        begun, data = list(self.conversation.completing), self.conversation.take()
        assert self.begun.isdisjoint(begun)
        self.begun.update(begun)
        self.model.heard += data[: int(len(data) * share)]
        if share < 1:
            self.conversation.lose("broken")

    @rule(moods=MIXED_MOODS)
    def exchange(self, moods: list[str]) -> None:
        """Everything that there is goes both ways."""
        self.send(1.0)
        self.answer(moods)
        self.hear(len(self.to_client))

    @rule(moods=MIXED_MOODS)
    def answer(self, moods: list[str]) -> None:
        for mood in moods:
            self.to_client += self.model.step(mood) or b""

    @rule(cut=st.integers(0, 400))
    def hear(self, cut: int) -> None:
        if not self.conversation.closed:
            self.conversation.receive(self.to_client[:cut])
        self.to_client = self.to_client[cut:]

    @precondition(lambda self: self.model.gone and not self.to_client)
    @rule()
    def hang_up(self) -> None:
        if not self.conversation.closed:
            self.conversation.lose("the relay closed the connection")

    @invariant()
    def the_books_are_right(self) -> None:
        if not hasattr(self, "conversation"):
            return
        answered, returned = self.conversation.results()
        for envelope, outcome in answered:
            assert envelope.id not in self.outcomes.keys() | self.returned, "two ends for one message"
            assert outcome.relay == "a"
            self.outcomes[envelope.id] = outcome.event
        for envelope in returned:
            assert envelope.id not in self.outcomes.keys() | self.returned, "two ends for one message"
            self.returned.add(envelope.id)
        assert all(number in self.begun for number, event in self.outcomes.items() if event is DeliveryEvent.UNKNOWN)
        assert self.returned.isdisjoint(self.model.taken), "given back, but the server has it"
        for number, event in self.outcomes.items():
            if event is DeliveryEvent.ACCEPTED:
                assert self.model.taken[number] == self.offered[number].data
            elif event is not DeliveryEvent.UNKNOWN:
                assert number not in self.model.taken, "refused, but the server has it"
        assert self.conversation.load <= self.conversation.window
        assert len(self.offered) == len(self.outcomes) + len(self.returned) + self.conversation.load

    def teardown(self) -> None:
        """In the end every message has one end; what the server took and said so is known to be taken."""
        if not hasattr(self, "conversation"):
            return
        if not self.conversation.closed:
            self.conversation.receive(self.to_client)
            self.conversation.lose("the end")
        self.the_books_are_right()
        assert len(self.outcomes) + len(self.returned) == len(self.offered)
        for number in self.model.taken:
            assert self.outcomes[number] in {DeliveryEvent.ACCEPTED, DeliveryEvent.UNKNOWN}


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
