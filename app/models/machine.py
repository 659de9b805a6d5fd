"""State machines as tables: `(state, event) → state`. An odd case is a row, a move that is no row is refused."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from app.errors import Conflict

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


class Machine(Generic[State, Event]):
    """One table of moves; `noun` names the thing in the message of a refused move."""

    def __init__(self, noun: str, moves: Mapping[tuple[State, Event], State]) -> None:
        self.noun = noun
        self.moves = dict(moves)

    def after(self, state: State, event: Event) -> State:
        """Give the state that follows; raises Conflict where the table has no row."""
        try:
            return self.moves[state, event]
        except KeyError:
            raise Conflict(f"This {self.noun} is {state.replace('_', ' ')}; {event} is not possible now.") from None

    def allows(self, state: State, event: Event) -> bool:
        """Whether the table has a row for it, so that a page can offer the button."""
        return (state, event) in self.moves
