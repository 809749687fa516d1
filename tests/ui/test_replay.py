"""Replays: every event once and in order, at the speed that was asked for."""

from __future__ import annotations

import pytest

from tests.ui import story
from wideseek_cli.core import events as ev
from wideseek_cli.core.messages import Stop
from wideseek_cli.core.state import fold
from wideseek_cli.ui.replay import LONGEST, enliven, fitting_speed, play


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def played(events: list[ev.Event], speed: float) -> list[tuple[float, ev.Event]]:
    clock, shown = Clock(), []
    play(events, lambda event: shown.append((clock.now, event)), speed, sleep=clock.sleep, clock=clock.read)
    return shown


def lasting() -> list[ev.Event]:
    return [event for event in story.whole_run() if not event.transient]


@pytest.mark.parametrize("speed", [1.0, 5.0])
def test_events_come_in_their_own_time(speed: float) -> None:
    events = lasting()
    for at, event in played(events, speed):
        assert at == pytest.approx((event.at - events[0].at) / speed)


def test_the_time_between_cut_and_resume_is_left_out() -> None:
    events = [ev.Noticed("a", at=10.0), ev.RunResumed(at=9000.0), ev.Noticed("b", at=9003.0)]
    assert [at for at, _ in played(events, 1.0)] == [0.0, 0.0, 3.0]


def test_replies_stream_again() -> None:
    events = enliven(lasting())
    assert [event for event in events if not event.transient] == lasting()
    for reply in (event for event in lasting() if isinstance(event, ev.Replied)):
        came = [
            e for e in events if isinstance(e, ev.TextCame) and e.agent == reply.agent and e.at < reply.at
        ]
        begun = [e for e in came if e.at >= reply.at - reply.seconds]
        assert "".join(piece.piece for piece in begun) == reply.text
    assert fold(events).table == fold(lasting()).table


def test_the_tokens_of_a_server_count_in_a_replay() -> None:
    reply = ev.Replied("lead", 1, "a table", (), Stop.END, 900, 2.0, 8, at=100.0)
    ticks = [event for event in enliven([reply]) if isinstance(event, ev.EngineTicked)]
    assert [(tick.decode_tokens, tick.tokens_per_second) for tick in ticks] == [(8, 4.0)]


def test_a_clock_that_was_set_back_changes_no_order() -> None:
    events = [ev.Noticed("a", at=50.0), ev.Noticed("b", at=10.0), ev.Noticed("c", at=51.0)]
    assert enliven(events) == events


def test_long_runs_fit_a_minute_and_short_ones_keep_their_time() -> None:
    hours = [ev.Noticed("a", at=0.0), ev.Noticed("b", at=7200.0)]
    assert played(hours, fitting_speed(hours))[-1][0] == pytest.approx(LONGEST)
    resumed = [*hours, ev.RunResumed(at=100_000.0), ev.Noticed("c", at=107_200.0)]
    assert played(resumed, fitting_speed(resumed))[-1][0] == pytest.approx(LONGEST)
    assert fitting_speed(hours[:1]) == 1.0
    assert fitting_speed([]) == 1.0
    play([], lambda event: None, 1.0)
