"""The tables of states: what can happen to a subscription, a campaign and a delivery, and what never can."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.errors import Conflict
from app.models import CLOSED, OPEN, CampaignState, DeliveryState, StatementState, SubscriptionState
from app.models.campaign_states import CAMPAIGN, CampaignEvent
from app.models.delivery_states import DELIVERY, DeliveryEvent
from app.models.machine import Event, Machine, State
from app.models.statement_states import STATEMENT, StatementEvent
from app.models.subscription_states import SUBSCRIPTION, SubscriptionEvent

TABLES = [
    (SUBSCRIPTION, SubscriptionState, SubscriptionEvent),
    (CAMPAIGN, CampaignState, CampaignEvent),
    (DELIVERY, DeliveryState, DeliveryEvent),
    (STATEMENT, StatementState, StatementEvent),
]


def moves(machine: Machine[State, Event], state: State) -> Iterator[tuple[Event, State]]:
    for (before, event), after in machine.moves.items():
        if before is state:
            yield event, after


def reachable(machine: Machine[State, Event], start: State) -> set[State]:
    found, waiting = {start}, [start]
    while waiting:
        for _, after in moves(machine, waiting.pop()):
            if after not in found:
                found.add(after)
                waiting.append(after)
    return found


@pytest.mark.parametrize(("machine", "states", "events"), TABLES, ids=lambda part: getattr(part, "noun", None))
def test_a_move_is_a_row_of_the_table_or_refused_in_words(machine, states, events) -> None:
    for state in states:
        for event in events:
            if machine.allows(state, event):
                assert machine.after(state, event) in states
            else:
                with pytest.raises(Conflict, match=f"This {machine.noun} is [a-z ]+; {event} is not possible now"):
                    machine.after(state, event)


@pytest.mark.parametrize(("machine", "states", "events"), TABLES, ids=lambda part: getattr(part, "noun", None))
def test_every_event_is_possible_somewhere(machine, states, events) -> None:
    assert {event for _, event in machine.moves} == set(events)


def test_nothing_but_the_persons_own_doing_brings_an_unsubscribed_person_back() -> None:
    left = SubscriptionState.UNSUBSCRIBED
    out = {event: after for event, after in moves(SUBSCRIPTION, left) if after is not left}
    assert out == {
        SubscriptionEvent.REQUEST: SubscriptionState.PENDING,
        SubscriptionEvent.CHOOSE: SubscriptionState.CONFIRMED,
    }


def test_a_request_alone_never_confirms_and_never_takes_a_subscription_away() -> None:
    for state in SubscriptionState:
        after = SUBSCRIPTION.after(state, SubscriptionEvent.REQUEST)
        assert (after is SubscriptionState.CONFIRMED) == (state is SubscriptionState.CONFIRMED)


def test_anybody_can_leave_at_any_time() -> None:
    for state in SubscriptionState:
        assert SUBSCRIPTION.after(state, SubscriptionEvent.LEAVE) is SubscriptionState.UNSUBSCRIBED


class Reader(RuleBasedStateMachine):
    """One reader, in any order of events: confirmed only by their own last word."""

    def __init__(self) -> None:
        super().__init__()
        self.state = SubscriptionState.PENDING
        self.asked = True
        self.agreed = False

    @rule()
    def request(self) -> None:
        self.state = SUBSCRIPTION.after(self.state, SubscriptionEvent.REQUEST)
        self.asked = True

    @rule()
    def choose(self) -> None:
        self.state = SUBSCRIPTION.after(self.state, SubscriptionEvent.CHOOSE)
        self.asked = self.agreed = True

    @rule()
    def leave(self) -> None:
        self.state = SUBSCRIPTION.after(self.state, SubscriptionEvent.LEAVE)
        self.asked = self.agreed = False

    @precondition(lambda self: self.asked)
    @rule()
    def confirm(self) -> None:
        self.state = SUBSCRIPTION.after(self.state, SubscriptionEvent.CONFIRM)
        self.agreed = True

    @precondition(lambda self: not self.asked)
    @rule()
    def open_an_old_link(self) -> None:
        with pytest.raises(Conflict):
            SUBSCRIPTION.after(self.state, SubscriptionEvent.CONFIRM)

    @invariant()
    def gets_mail_exactly_if_they_agreed_and_did_not_leave_since(self) -> None:
        assert (self.state is SubscriptionState.CONFIRMED) == self.agreed


test_a_reader_gets_mail_only_by_their_own_last_word = Reader.TestCase
test_a_reader_gets_mail_only_by_their_own_last_word.settings = settings(max_examples=40, stateful_step_count=20)


def test_a_campaign_that_is_over_stays_over_unless_mail_turns_out_to_be_left() -> None:
    assert not list(moves(CAMPAIGN, CampaignState.CANCELLED))
    assert list(moves(CAMPAIGN, CampaignState.SENT)) == [(CampaignEvent.REOPEN, CampaignState.SENDING)]


def test_a_campaign_starts_once_and_only_a_running_one_ends_as_sent() -> None:
    for state in (CampaignState.SENDING, CampaignState.PAUSED):
        assert not CAMPAIGN.allows(state, CampaignEvent.SEND)
    sent = {state for (state, _), after in CAMPAIGN.moves.items() if after is CampaignState.SENT}
    assert sent == {CampaignState.SENDING, CampaignState.PAUSED}


def test_a_schedule_starts_or_is_missed_and_nothing_else_starts_it() -> None:
    assert dict(moves(CAMPAIGN, CampaignState.SCHEDULED)) == {
        CampaignEvent.UNSCHEDULE: CampaignState.APPROVED,
        CampaignEvent.START: CampaignState.SENDING,
        CampaignEvent.MISS: CampaignState.PAUSED,
        CampaignEvent.CANCEL: CampaignState.CANCELLED,
    }
    assert not CAMPAIGN.allows(CampaignState.IN_REVIEW, CampaignEvent.SCHEDULE)


def test_everything_that_is_not_over_can_be_cancelled() -> None:
    over = {CampaignState.SENT, CampaignState.CANCELLED}
    assert {state for state in CampaignState if CAMPAIGN.allows(state, CampaignEvent.CANCEL)} == set(
        CampaignState
    ) - over


def test_only_what_is_approved_can_be_sent_or_scheduled() -> None:
    for event in (CampaignEvent.SEND, CampaignEvent.SCHEDULE):
        assert {state for state in CampaignState if CAMPAIGN.allows(state, event)} == {CampaignState.APPROVED}


def test_whoever_edits_a_campaign_takes_its_approval_away_and_nobody_edits_one_that_is_on_its_way() -> None:
    before = {CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.APPROVED}
    assert {state for state in CampaignState if CAMPAIGN.allows(state, CampaignEvent.EDIT)} == before
    assert {CAMPAIGN.after(state, CampaignEvent.EDIT) for state in before} == {CampaignState.DRAFT}


def test_only_what_was_handed_in_can_be_approved() -> None:
    assert {state for state in CampaignState if CAMPAIGN.allows(state, CampaignEvent.APPROVE)} == {
        CampaignState.IN_REVIEW
    }


def test_a_closed_delivery_stays_closed_except_an_unknown_one_and_one_that_comes_back() -> None:
    came_back = {DeliveryState.BOUNCED, DeliveryState.COMPLAINED}
    for state in CLOSED:
        if state is not DeliveryState.UNKNOWN:
            assert {after for _, after in moves(DELIVERY, state)} <= came_back
    assert {after for _, after in moves(DELIVERY, DeliveryState.UNKNOWN)} == came_back | {
        DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.UNKNOWN, DeliveryState.QUEUED,
    }  # fmt: skip


def test_what_was_refused_or_left_out_never_comes_back() -> None:
    for state in (DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.COMPLAINED):
        assert not list(moves(DELIVERY, state))


def test_only_what_was_claimed_can_be_sent_and_what_is_with_the_relay_is_not_skipped() -> None:
    sent = {state for (state, _), after in DELIVERY.moves.items() if after is DeliveryState.SENT}
    assert sent == {DeliveryState.SENDING, DeliveryState.UNKNOWN}
    assert not DELIVERY.allows(DeliveryState.SENDING, DeliveryEvent.SKIP)
    assert not DELIVERY.allows(DeliveryState.SENDING, DeliveryEvent.CLAIM)


def test_what_waits_becomes_unknown_only_as_what_may_have_arrived_before_and_is_then_closed() -> None:
    for state in (DeliveryState.QUEUED, DeliveryState.DEFERRED):
        assert DELIVERY.after(state, DeliveryEvent.UNKNOWN) is DeliveryState.UNKNOWN
    assert DeliveryState.UNKNOWN in CLOSED


def test_nobody_is_tried_again_blindly_after_an_unknown_handover() -> None:
    assert not DELIVERY.allows(DeliveryState.UNKNOWN, DeliveryEvent.CLAIM)
    assert not DELIVERY.allows(DeliveryState.UNKNOWN, DeliveryEvent.SKIP)


def test_open_and_closed_are_all_states_and_every_open_delivery_can_end() -> None:
    assert set(OPEN) | set(CLOSED) == set(DeliveryState)
    assert not set(OPEN) & set(CLOSED)
    for state in OPEN:
        assert reachable(DELIVERY, state) & set(CLOSED)
    assert DeliveryState.QUEUED in reachable(DELIVERY, DeliveryState.SENDING)
