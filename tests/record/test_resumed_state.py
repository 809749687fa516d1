"""What a resume makes of a state: time off does not count, and a lead that was stopped may go on."""

from __future__ import annotations

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.messages import Stop
from wideseek_cli.core.state import RunState, fold


def state(*events: ev.Event) -> RunState:
    begun = ev.RunStarted("r", "q", {}, "m", "s", "1", "en", at=100.0)
    return fold([begun, ev.AgentStarted("lead", ev.Role.LEAD, "q", at=101.0), *events])


def test_the_time_between_a_cut_and_its_resume_does_not_count() -> None:
    found = state(ev.Noticed("x", at=110.0), ev.RunResumed(at=9000.0), ev.Noticed("y", at=9005.0))
    assert found.active_s == 15.0
    assert state(ev.Noticed("the clock was set back", at=50.0)).active_s == 1.0


def test_a_lead_that_was_stopped_may_go_on() -> None:
    stopped = ev.AgentFinished("lead", ev.Outcome.FAILED, "", Cause.ENGINE, "the server broke off", at=120.0)
    ended = ev.RunEnded(ev.Ending.FAILED, 1, reason="the server broke off", at=121.0)
    found = state(stopped, ended, ev.RunResumed(at=130.0))
    assert found.agents["lead"].outcome is None
    assert (found.ending, found.exit_code, found.reason) == (None, None, "")


def test_what_was_done_stays_done() -> None:
    found = state(
        ev.AgentStarted("w1.s1", ev.Role.SUBAGENT, "t", 1, at=102.0),
        ev.AgentFinished("w1.s1", ev.Outcome.FAILED, "", Cause.TURNS, at=103.0),
        ev.AgentFinished("lead", ev.Outcome.DONE, "the table", at=104.0),
        ev.RunResumed(at=130.0),
    )
    assert found.agents["lead"].outcome is ev.Outcome.DONE
    assert found.agents["w1.s1"].outcome is ev.Outcome.FAILED


def test_a_broken_off_reply_is_forgotten() -> None:
    found = state(ev.TextCame("lead", "<think>so", at=102.0), ev.RunResumed(at=130.0))
    assert found.agents["lead"].streaming == ""


def test_an_answer_to_a_reply_that_a_newer_program_wrote_is_left_out() -> None:
    assert state(ev.ToolAnswered("lead", 1, "reports", at=103.0)).agents["lead"].turns == ()


def reply(agent: str, turn: int, text: str) -> ev.Event:
    return ev.Replied(agent, turn, text, (turn,), Stop.END, 10, 1.0, at=110.0 + turn)


INTERRUPTED = ev.RunEnded(ev.Ending.INTERRUPTED, 130, at=120.0)


def test_an_answer_ordered_before_its_time_is_taken_back_with_the_order() -> None:
    found = state(
        reply("lead", 1, "first wave"),
        ev.ToolAnswered("lead", 1, "reports", at=111.5),
        reply("lead", 2, "second wave"),
        ev.ToolAnswered("lead", 2, "half the reports; answer now", at=112.5),
        reply("lead", 3, "half a table"),
        ev.AgentFinished("lead", ev.Outcome.PARTIAL, "half a table", Cause.EARLY, at=114.0),
        INTERRUPTED,
        ev.RunResumed(at=900.0),
    )
    turns = found.agents["lead"].turns
    assert [(turn.reply.text, turn.tool_result) for turn in turns] == [
        ("first wave", "reports"),
        ("second wave", None),
    ]


def test_subagents_that_the_interrupt_cut_short_go_on_but_no_others() -> None:
    found = state(
        *(ev.AgentStarted(f"w1.s{n}", ev.Role.SUBAGENT, "t", 1, at=102.0) for n in (1, 2)),
        ev.AgentFinished("w1.s1", ev.Outcome.PARTIAL, "so far", Cause.INTERRUPTED, at=103.0),
        ev.AgentFinished("w1.s2", ev.Outcome.PARTIAL, "so far", Cause.TURNS, at=103.0),
        INTERRUPTED,
        ev.RunResumed(at=900.0),
    )
    assert found.agents["w1.s1"].outcome is None
    assert found.agents["w1.s2"].outcome is ev.Outcome.PARTIAL


def test_a_run_that_came_to_its_own_end_keeps_its_answer() -> None:
    found = state(
        reply("lead", 1, "the table"),
        ev.AgentFinished("lead", ev.Outcome.PARTIAL, "the table", Cause.EARLY, at=114.0),
        ev.RunEnded(ev.Ending.INCOMPLETE, 3, at=115.0),
        ev.RunResumed(at=900.0),
    )
    assert found.agents["lead"].outcome is ev.Outcome.PARTIAL
    assert len(found.agents["lead"].turns) == 1
