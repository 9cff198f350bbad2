"""Playback of recorded observations: the state at a moment, and the time of the next run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class Observed(Protocol):
    """Observation with its time in Unix milliseconds."""

    @property
    def at_ms(self) -> int: ...


ObservedT = TypeVar("ObservedT", bound=Observed)


class RecordedPlayback(ABC, Generic[ObservedT]):
    """Playback that reads ahead only as far as requested. Times are Unix milliseconds.

    A domain says which observations a run is due for, and takes them into its state.
    """

    def __init__(self, observations: Iterable[ObservedT]) -> None:
        self.seen = 0
        self._observations = iter(observations)
        self._ahead: deque[ObservedT] = deque()
        self._now_ms = -1

    @abstractmethod
    def take(self, observation: ObservedT, /) -> None:
        """Take an observation into the state."""

    def is_due(self, observation: ObservedT, /) -> bool:
        """Return True if a run is due for this observation."""
        return True

    def due_ms(self, observation: ObservedT, /) -> int:
        """Return the time of the run that is due for this observation."""
        return observation.at_ms

    def next_moment(self, after_ms: int) -> int | None:
        """Return the time after `after_ms` at which the next run is due; None at the end."""
        for observation in self.look_ahead():
            if observation.at_ms > after_ms and self.is_due(observation):
                return self.due_ms(observation)
        return None

    def advance(self, now_ms: int) -> None:
        """Take in all observations up to `now_ms`."""
        if now_ms <= self._now_ms:
            return
        self._now_ms = now_ms
        while (self._ahead or self._read()) and self._ahead[0].at_ms <= now_ms:
            self.seen += 1
            self.take(self._ahead.popleft())

    def look_ahead(self) -> Iterator[ObservedT]:
        """Yield the observations to come, without taking them in."""
        yield from list(self._ahead)
        while self._read():
            yield self._ahead[-1]

    def _read(self) -> bool:
        observation = next(self._observations, None)
        if observation is None:
            return False
        self._ahead.append(observation)
        return True
