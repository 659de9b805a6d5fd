"""The conversation with a mail server, without a socket: whatever is answered, and however the bytes are cut."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.delivery_states import DeliveryEvent
from worker.smtp.conversation import Conversation
from worker.smtp.outcome import Envelope
from worker.smtp.replies import Garbage, ReplyReader

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
        completed, data = list(conversation.completing), conversation.take()
        begun += completed
        answer = server.feed(data)
        for piece in cut(answer) if answer else []:
            if not conversation.closed:
                conversation.receive(piece)
        if server.closed and not conversation.closed:
            conversation.lose("closed")
        answered, back = conversation.results()
        for one, outcome in answered:
            assert one.id not in outcomes, "answered twice"
            outcomes[one.id] = outcome
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
        data = conversation.take()
        conversation.receive(server.feed(data))
    conversation.lose("cut")
    ((one, outcome),), returned = conversation.results()
    assert (one.id, outcome.event, returned) == (1, UNKNOWN, [])


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
    assert conversation.take() == b""


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


def test_a_message_larger_than_the_relay_takes_is_refused_here_and_not_sent():
    conversation = Conversation(PIPELINING, largest=len(BODY) - 1)
    conversation.offer(envelope(1))
    ((_, outcome),), _ = conversation.results()
    assert (outcome.event, outcome.code, outcome.enhanced) == (REFUSED, 552, "5.3.4")
    assert conversation.take() == b""
    assert conversation.room == 1


def test_a_message_as_large_as_the_relay_takes_is_sent():
    conversation = Conversation(PIPELINING, largest=len(BODY))
    conversation.offer(envelope(1))
    assert f"SIZE={len(BODY)}".encode() in conversation.take()


@pytest.mark.parametrize("address", ["a@example.net>\r\nRCPT TO:<b@example.net", "a\n@example.net", "a\0@example.net"])
def test_no_address_can_bring_a_command_of_its_own(address):
    conversation = Conversation(PIPELINING)
    conversation.offer(envelope(1, address))
    ((_, outcome),), _ = conversation.results()
    assert (outcome.event, outcome.enhanced) == (REFUSED, "5.1.3")
    assert conversation.take() == b""


@MODES
@pytest.mark.parametrize("words", ["530 5.7.0 log in first", "535 5.7.8 who are you", "550 5.7.8 log in first"])
def test_a_relay_that_will_have_nothing_from_us_costs_no_message_its_attempt(extensions, words):
    everybody = {(number, "MAIL"): f"{words}\r\n".encode() for number in range(20)}
    conversation = Conversation(extensions)
    outcomes, returned, left = talk(conversation, Server(everybody), map(envelope, range(10)))
    assert outcomes == {}
    assert sorted(returned + left) == list(range(10))
    assert conversation.exhausted
    assert words in conversation.objection


def test_with_chunking_the_transaction_is_only_reset_where_one_may_be_open():
    conversation, server = Conversation(CHUNKING), Server()
    talk(conversation, server, [envelope(1)])
    talk(conversation, server, [envelope(2)])
    assert "RSET" not in server.commands
    talk(conversation, server, [envelope(3), envelope(4)])
    assert server.commands.count("RSET") == 1


def test_after_a_refused_chunk_the_transaction_is_reset():
    conversation, server = Conversation(CHUNKING), Server({(1, "RCPT"): REFUSALS["RCPT"]})
    talk(conversation, server, [envelope(1)])
    outcomes, _, _ = talk(conversation, server, [envelope(2)])
    assert server.commands == ["MAIL", "RCPT", "BDAT", "RSET", "MAIL", "RCPT", "BDAT"]
    assert outcomes[2].event is ACCEPTED


def test_a_refused_recipient_stays_refused_whatever_is_said_of_the_octets():
    conversation = Conversation(CHUNKING)
    conversation.offer(envelope(1))
    conversation.take()
    conversation.receive(b"250 ok\r\n550 5.1.1 no such user\r\n250 2.0.0 taken for 0 recipients\r\n")
    ((_, outcome),), _ = conversation.results()
    assert (outcome.event, outcome.enhanced) == (REFUSED, "5.1.1")


@MODES
@pytest.mark.parametrize("words", [b"502 5.5.1 no such command\r\n", b"451 4.3.0 not now\r\n"])
def test_where_the_transaction_cannot_be_reset_nothing_more_is_sent_or_believed(extensions, words):
    conversation = Conversation(extensions)
    talk(conversation, Server({(1, "RCPT"): REFUSALS["RCPT"]}), [envelope(1)])
    conversation.offer(envelope(2))
    assert conversation.take().startswith(b"RSET\r\n")
    conversation.receive(words + b"250 ok\r\n250 ok\r\n354 go on\r\n")
    answered, returned = conversation.results()
    ends = ([outcome.event for _, outcome in answered], [one.id for one in returned])
    assert ends == (([UNKNOWN], []) if extensions is CHUNKING else ([], [2]))
    assert (conversation.take(), conversation.closed) == (b"", True)


def test_with_pipelining_the_next_message_is_opened_in_the_write_that_ends_the_last():
    conversation = Conversation(PIPELINING)
    conversation.offer(envelope(1))
    opened = conversation.take()
    assert opened.count(b"\r\n") == 3
    conversation.receive(b"250 ok\r\n250 ok\r\n354 go on\r\n")
    conversation.offer(envelope(2))
    begun, data = list(conversation.completing), conversation.take()
    assert begun == [1]
    assert data.endswith(
        b"\r\n.\r\nMAIL FROM:<b+2@example.org> SIZE=%d\r\n%s"
        % (len(BODY), opened.split(b"\r\n", 1)[1].replace(b"r1", b"r2"))
    )
    assert conversation.room == 0


@pytest.mark.parametrize(
    ("extensions", "replies", "seconds"),
    [
        (PLAIN, b"", 300),
        (PLAIN, b"250 ok\r\n", 300),
        (PLAIN, b"250 ok\r\n250 ok\r\n", 120),
        (PLAIN, b"250 ok\r\n250 ok\r\n354 go on\r\n", 600),
        (PIPELINING, b"250 ok\r\n250 ok\r\n", 120),
        (CHUNKING, b"250 ok\r\n250 ok\r\n", 600),
    ],
)
def test_each_reply_is_waited_for_as_long_as_the_standard_says(extensions, replies, seconds):
    conversation = Conversation(extensions)
    conversation.offer(envelope(1))
    for line in replies.splitlines(keepends=True):
        conversation.receive(line)
    assert conversation.patience == seconds


def test_a_whole_window_is_in_flight_with_chunking():
    conversation = Conversation(CHUNKING)
    for number in range(8):
        assert conversation.room == 8 - number
        conversation.offer(envelope(number))
    assert conversation.room == 0
    assert conversation.completing == list(range(8))
    assert conversation.head == envelope(0)


def test_words_that_a_database_cannot_hold_are_made_harmless():
    (reply,) = ReplyReader().feed(b"550 5.1.1 no\0body \xff here\r\n")
    assert reply.text == "5.1.1 no\ufffdbody \ufffd here"


def test_a_bare_code_is_a_reply():
    (reply,) = ReplyReader().feed(b"250\r\n")
    assert (reply.code, reply.text, reply.enhanced) == (250, "", None)
