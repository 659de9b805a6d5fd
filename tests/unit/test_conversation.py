"""The conversation with a mail server, without a socket: whatever is answered, and however the bytes are cut."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.delivery_states import DeliveryEvent
from worker.delivery.conversation import Conversation
from worker.delivery.outcome import Envelope
from worker.delivery.replies import Garbage, ReplyReader

PLAIN = frozenset({"SIZE"})
PIPELINING = frozenset({"PIPELINING", "SIZE"})
CHUNKING = frozenset({"PIPELINING", "CHUNKING", "SIZE", "SMTPUTF8"})
MODES = pytest.mark.parametrize("extensions", [PLAIN, PIPELINING, CHUNKING], ids=["plain", "pipelining", "chunking"])
ACCEPTED, DEFERRED, REFUSED, UNKNOWN = (
    DeliveryEvent.ACCEPTED,
    DeliveryEvent.DEFERRED,
    DeliveryEvent.REFUSED,
    DeliveryEvent.UNKNOWN,
)
BODY = b"Subject: hi\r\n\r\n.dot\r\n..two\r\nlast\r\n"


def envelope(number: int, recipient: str = "") -> Envelope:
    return Envelope(number, f"b+{number}@example.org", recipient or f"r{number}@example.net", BODY)


class Server:
    """A model of a mail server: follows the commands and answers by a plan of (message, stage) → reply."""

    def __init__(self, plan=None, *, invites_anyway: bool = False) -> None:
        self.plan = plan or {}
        self.invites_anyway = invites_anyway
        self.buffer = b""
        self.number: int | None = None
        self.addressed = self.in_data = self.closed = False
        self.chunk = 0
        self.taken: list[tuple[int, bytes]] = []
        self.commands: list[str] = []

    def feed(self, data: bytes) -> bytes:
        """The replies to these bytes."""
        self.buffer += data
        answers = b""
        while not self.closed and (step := self._next()) is not None:
            reply = step
            answers += reply
            self.closed = reply.startswith(b"421")
        return answers

    def _next(self) -> bytes | None:
        if self.in_data:
            if self.buffer.startswith(b".\r\n"):
                end = 0
            elif (found := self.buffer.find(b"\r\n.\r\n")) >= 0:
                end = found + 2
            else:
                return None
            content, self.buffer = self.buffer[:end], self.buffer[end + 3 :]
            self.in_data = False
            return self._end(
                content.replace(b"\r\n..", b"\r\n.").removeprefix(b".")
                if content[:2] == b".."
                else content.replace(b"\r\n..", b"\r\n.")
            )
        line, newline, rest = self.buffer.partition(b"\r\n")
        if not newline:
            return None
        verb, _, argument = line.decode().partition(" ")
        if verb == "BDAT":
            size = int(argument.split(maxsplit=1)[0])
            if len(rest) < size:
                return None
            self.buffer = rest[size:]
            self.commands.append(verb)
            return self._end(rest[:size]) if self.addressed else b"503 5.5.1 no recipient\r\n"
        self.buffer = rest
        self.commands.append(verb)
        return self._command(verb, argument)

    def _command(self, verb: str, argument: str) -> bytes:
        if verb == "RSET":
            self.number, self.addressed = None, False
            return b"250 2.0.0 reset\r\n"
        if verb == "MAIL":
            return self._mail(int(argument.partition("+")[2].partition("@")[0]))
        if self.number is None:
            return b"503 5.5.1 MAIL first\r\n"
        planned = self.plan.get((self.number, verb))
        if verb == "RCPT":
            self.addressed = planned is None
            return planned or b"250 2.1.5 ok\r\n"
        return planned or self._data()

    def _mail(self, number: int) -> bytes:
        assert self.number is None, "nested MAIL"
        planned = self.plan.get((number, "MAIL"))
        self.number = number if planned is None else None
        return planned or b"250 2.1.0 ok\r\n"

    def _data(self) -> bytes:
        self.in_data = self.addressed or self.invites_anyway
        return b"354 go on\r\n" if self.in_data else b"554 5.5.1 no valid recipients\r\n"

    def _end(self, content: bytes) -> bytes:
        number, addressed = self.number, self.addressed
        self.number, self.addressed = None, False
        if not addressed:
            return b"554 5.5.1 no valid recipients\r\n"
        planned = self.plan.get((number, "END"))
        if planned is None or planned.startswith(b"2"):
            self.taken.append((number, content))
        return b"250-2.0.0 taken\r\n250 2.0.0 thanks\r\n" if planned is None else planned


def talk(conversation: Conversation, server: Server, envelopes, cut=lambda data: [data]):
    """Let both talk until nothing moves; gives the outcomes and what came back."""
    waiting, outcomes, returned, begun = list(envelopes), {}, [], []
    for _ in range(10_000):
        while waiting and conversation.room > 0:
            conversation.offer(waiting.pop(0))
        data, completed = conversation.take()
        begun += completed
        answer = server.feed(data)
        for piece in cut(answer) if answer else []:
            if not conversation.closed:
                conversation.receive(piece)
        if server.closed and not conversation.closed:
            conversation.lose("closed")
        answered, back = conversation.results()
        for number, outcome in answered:
            assert number not in outcomes, "answered twice"
            outcomes[number] = outcome
        returned += [one.id for one in back]
        if conversation.closed or (not data and not answer and not conversation.busy and not waiting):
            break
    assert set(outcomes).isdisjoint(returned)
    assert max(Counter(begun).values(), default=0) <= 1
    return outcomes, returned, [one.id for one in waiting]


@MODES
def test_every_message_arrives_whole_and_once(extensions):
    server = Server()
    outcomes, returned, _ = talk(Conversation(extensions), server, map(envelope, range(20)))
    assert [outcomes[number].event for number in range(20)] == [ACCEPTED] * 20
    assert server.taken == [(number, BODY) for number in range(20)]
    assert returned == []
    assert outcomes[0].enhanced == "2.0.0"


REFUSALS = {
    "MAIL": b"552 5.3.4 too large\r\n",
    "RCPT": b"550 5.1.1 no such user\r\n",
    "DATA": b"451 4.3.0 later\r\n",
    "END": b"554 5.7.1 spam\r\n",
}


@MODES
@pytest.mark.parametrize("invites_anyway", [False, True])
@pytest.mark.parametrize("stage", REFUSALS)
def test_a_refusal_at_any_stage_is_that_messages_alone(extensions, stage, invites_anyway):
    if stage == "DATA" and "CHUNKING" in extensions:
        return
    server = Server({(3, stage): REFUSALS[stage]}, invites_anyway=invites_anyway)
    outcomes, returned, _ = talk(Conversation(extensions), server, map(envelope, range(8)))
    assert outcomes[3].code == int(REFUSALS[stage][:3])
    assert outcomes[3].enhanced == REFUSALS[stage][4:9].decode()
    assert {number for number in range(8) if outcomes[number].event is ACCEPTED} == set(range(8)) - {3}
    assert [number for number, _ in server.taken] == [0, 1, 2, 4, 5, 6, 7]
    assert returned == []


@MODES
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
def test_421_at_any_stage_takes_nothing_and_burns_nothing(extensions, stage):
    if stage == "DATA" and "CHUNKING" in extensions:
        return
    server = Server({(3, stage): b"421 4.3.2 closing\r\n"})
    outcomes, returned, left = talk(Conversation(extensions), server, map(envelope, range(12)))
    assert sorted(outcomes) == [0, 1, 2]
    assert sorted(returned + left) == list(range(3, 12))


@MODES
def test_a_connection_lost_with_a_message_on_the_way_leaves_it_unknown(extensions):
    conversation = Conversation(extensions)
    conversation.offer(envelope(1))
    server = Server({(1, "END"): b""})
    for _ in range(6):
        data, _ = conversation.take()
        conversation.receive(server.feed(data))
    conversation.lose("cut")
    ((number, outcome),), returned = conversation.results()
    assert (number, outcome.event, returned) == (1, UNKNOWN, [])


def test_a_connection_lost_before_the_final_dot_gives_the_message_back():
    conversation = Conversation(PIPELINING)
    conversation.offer(envelope(1))
    conversation.take()
    conversation.lose("cut")
    assert conversation.results() == ([], [envelope(1)])


@MODES
@given(data=st.data())
def test_replies_may_be_cut_anywhere_and_come_in_any_mixture(extensions, data):
    replies = [b"250 2.0.0 ok\r\n", b"250-a\r\n250-b\r\n250 c\r\n", b"450 4.2.0 later\r\n", b"550 5.1.1 no\r\n"]
    stages = ["MAIL", "RCPT", "END"]
    keys = [(number, stage) for number in range(6) for stage in stages]
    plan = {key: data.draw(st.sampled_from(replies)) for key in keys if data.draw(st.integers(0, 4)) == 0}
    plan = {key: reply for key, reply in plan.items() if key[1] == "END" or not reply.startswith(b"2")}

    def cut(answer: bytes) -> list[bytes]:
        places = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=4)))
        return [answer[a:b] for a, b in zip([0, *places], [*places, len(answer)], strict=True)]

    server = Server(plan, invites_anyway=data.draw(st.booleans()))
    outcomes, returned, _ = talk(Conversation(extensions), server, map(envelope, range(6)), cut)
    assert returned == []
    assert sorted(outcomes) == list(range(6))
    for number in range(6):
        first = next((plan[number, stage] for stage in stages if (number, stage) in plan), b"250 ")
        assert outcomes[number].event is {b"2": ACCEPTED, b"4": DEFERRED, b"5": REFUSED}[first[:1]]
    taken = [number for number, content in server.taken if content == BODY]
    assert taken == [number for number in range(6) if outcomes[number].event is ACCEPTED]


@given(st.binary(max_size=300))
def test_garbage_ends_the_conversation_and_never_raises(garbage):
    conversation = Conversation(CHUNKING)
    conversation.offer(envelope(1))
    conversation.take()
    conversation.receive(garbage)
    conversation.lose("end")
    answered, returned = conversation.results()
    assert len(answered) + len(returned) == 1


def test_an_international_recipient_needs_smtputf8():
    conversation = Conversation(PIPELINING)
    conversation.offer(envelope(1, "josé@example.net"))
    ((_, outcome),), _ = conversation.results()
    assert (outcome.event, outcome.enhanced) == (REFUSED, "5.6.7")
    assert conversation.take() == (b"", [])


def test_a_relays_limit_of_messages_to_a_connection_is_kept():
    conversation = Conversation(CHUNKING, limit=3)
    for number in range(3):
        conversation.offer(envelope(number))
    assert conversation.room == 0


@pytest.mark.parametrize("bad", [b"hello\r\n", b"250-a\r\n251 b\r\n", b"25 x\r\n", b"x" * 5000, b"\x16\x03\x01\r\n"])
def test_what_is_no_reply_is_garbage(bad):
    with pytest.raises(Garbage):
        ReplyReader().feed(bad)


def test_an_enhanced_code_of_another_class_is_not_believed():
    (reply,) = ReplyReader().feed(b"550 2.1.1 strange\r\n")
    assert reply.enhanced is None
