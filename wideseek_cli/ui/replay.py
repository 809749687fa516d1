"""A finished run again: its events in their own time, or faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from wideseek_cli.core import events as ev

LONGEST = 60.0  # seconds a replay takes when no speed is asked for
PIECES_PER_SECOND = 8


def fitting_speed(events: Sequence[ev.Event]) -> float:
    """So fast that the whole run fits a minute; short runs keep their own time."""
    span = max(_moments(events), default=0.0)
    return max(1.0, span / LONGEST)


def _moments(events: Sequence[ev.Event]) -> Iterator[float]:
    """Seconds from the first event to each, the time between a cut and its resume left out."""
    skipped, last = 0.0, events[0].at if events else 0.0
    first = last
    for event in events:
        if isinstance(event, ev.RunResumed):
            skipped += max(0.0, event.at - last)
        last = max(last, event.at)
        yield last - first - skipped


def enliven(events: Iterable[ev.Event]) -> list[ev.Event]:
    """With the transient events that were not recorded made up again from the replies, in order of time."""
    timed: list[tuple[float, ev.Event]] = []
    latest, tokens = 0.0, 0
    for event in events:
        latest = max(latest, event.at)  # a clock that was set back must not turn the order round
        if isinstance(event, ev.Replied):
            timed += [(piece.at, piece) for piece in _pieces(event, latest)]
            tokens += event.tokens
            rate = event.tokens / event.seconds if event.seconds else 0.0
            timed.append((latest, ev.EngineTicked(tokens, 0, 0, rate, at=latest)))
        timed.append((latest, event))
    return [event for _, event in sorted(timed, key=lambda pair: pair[0])]


def _pieces(reply: ev.Replied, ended: float) -> Iterator[ev.TextCame]:
    """The reply as it may have streamed, the last piece a moment before its end."""
    number = max(1, int(reply.seconds * PIECES_PER_SECOND))
    size = -(-len(reply.text) // number) or 1
    for place, start in enumerate(range(0, len(reply.text), size)):
        at = ended - reply.seconds * (1 - place / number)
        yield ev.TextCame(reply.agent, reply.text[start : start + size], at=min(at, ended - 1e-6))


def play(
    events: Sequence[ev.Event],
    show: Callable[[ev.Event], None],
    speed: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Show each event when its time has come. Time between a cut and its resume is left out."""
    began = clock()
    for event, moment in zip(events, _moments(events), strict=True):
        due = began + moment / speed
        if due > clock():
            sleep(due - clock())
        show(event)
