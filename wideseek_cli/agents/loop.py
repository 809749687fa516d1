"""The one loop that every agent runs: reply, do what it asks for, say what came back, until it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from wideseek_cli.agents.calls import Calls, parse_calls, without_calls
from wideseek_cli.agents.fitting import Place, fitted
from wideseek_cli.agents.longtable import LongTable
from wideseek_cli.agents.shapes import joined, system_text, tools_for, user_text
from wideseek_cli.agents.world import GraceOver, Stopped, World
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause, ContextFullError, EngineError
from wideseek_cli.core.messages import Opening, Reply, ReplyLimits, Stop, ToolUse, Turn, split_thinking
from wideseek_cli.core.plain import alike
from wideseek_cli.core.state import AgentState
from wideseek_cli.core.text import once_round
from wideseek_cli.engine.base import Conversation
from wideseek_cli.settings.config import Settings

USUAL_TOKENS = Settings().max_reply_tokens  # of one reply, where the user sets no other
STRAY_THINKING = 64  # tokens of <think> that a prompt set without reasoning lets pass


@dataclass(frozen=True)
class Agent:
    """Who works on what, and how far it may go."""

    name: str
    role: ev.Role
    question: str
    turns: int
    answer_tokens: int  # context kept free for its last answer
    task: str = ""
    wave: int = 0
    wants_table: bool = True

    @property
    def writes_answer(self) -> bool:
        """The lead and the single agent write the run's answer, even when it is being ended."""
        return self.role is not ev.Role.SUBAGENT


@dataclass(frozen=True)
class Answered:
    """What a turn's calls brought. `stop`: more calls would bring nothing, the agent must answer now."""

    parts: Sequence[str]
    stop: bool = False


@dataclass(frozen=True)
class Objection:
    """Why an answer is not taken yet, and whether the next reply must call a tool."""

    text: str
    must_call: bool = False


class Toolset(Protocol):
    """What an agent can do, and what it has gathered by doing it."""

    @property
    def worked(self) -> bool:
        """Whether anything was looked up, so that there is something to answer with."""

    async def answer(self, calls: Calls) -> Answered:
        """Carry out a turn's calls."""

    def recall(self, calls: Calls) -> None:
        """Remember calls of a turn before a resume, without doing them again."""

    async def object_to(self, reply: Reply) -> Objection | None:
        """What is wrong with this answer; each objection is made once."""

    def gathered(self) -> str:
        """What was found so far, for an agent that cannot say it itself."""


@dataclass(frozen=True)
class Finished:
    """How an agent ended, and its answer: the lead's last response, a subagent's report. `cut`: the answer
    broke off."""

    agent: Agent
    outcome: ev.Outcome
    text: str
    reason: Cause = Cause.NONE
    cut: bool = False
    detail: str = ""  # what the engine said

    @property
    def wrote(self) -> bool:
        """Whether its text is its own; of an agent that was cut short it is what it had read."""
        return self.outcome is not ev.Outcome.PARTIAL or self.reason in (Cause.NONE, Cause.EARLY)


async def run_agent(world: World, agent: Agent, tools: Toolset, known: AgentState | None = None) -> Finished:
    """Run an agent to its end; `known` is how far it came before a resume. Says its end as an event."""
    if known is not None and known.outcome is not None:
        return Finished(agent, known.outcome, known.summary, known.reason, detail=known.detail)
    work = _Work(world, agent, tools, list(known.turns) if known else [])
    if known is None:
        system, user = work.opening.system, work.opening.user
        world.emit(ev.AgentStarted(agent.name, agent.role, agent.task, agent.wave, system, user))
    try:
        finished = await work.go()
    except (Stopped, GraceOver):
        finished = work.cut_short(world.ender.why)
    except ContextFullError:
        finished = work.cut_short(Cause.CONTEXT)
    except EngineError as error:
        finished = work.cut_short(Cause.ENGINE, str(error))
    how = (finished.outcome, finished.text, finished.reason, finished.detail)
    world.emit(ev.AgentFinished(agent.name, *how))
    return finished


class _Work:
    """One agent at work."""

    def __init__(self, world: World, agent: Agent, tools: Toolset, turns: list[Turn]) -> None:
        self.world, self.agent, self.tools, self.turns = world, agent, tools, turns
        self.opening = _opening(world, agent)
        self.reserve = min(agent.answer_tokens, world.engine.info.context // 4)
        self.streamed = ""
        self.last = agent.turns <= 1  # the coming reply must be the answer
        self.crowded = False  # only because its context leaves no room for more
        self.must_call = world.prompts.guide and not turns
        self.told: set[str] = set()  # of replies that were cut off
        self.table = LongTable()
        self.unasked = False  # the table was begun before any order to answer

    async def go(self) -> Finished:
        """The loop."""
        waiting = await self._remember()
        conversation = await self._open()
        try:
            while True:
                try:
                    reply = waiting or await self._reply(conversation)
                    waiting = None
                    finished = await self._take(conversation, reply)
                except Stopped:
                    conversation.close()
                    conversation = await self._open_for_last_words()
                    continue
                if finished is not None:
                    return finished
        finally:
            conversation.close()

    async def _take(self, conversation: Conversation, reply: Reply) -> Finished | None:
        """Do what the reply asks for and append what came back, or take it as the answer."""
        calls = Calls() if self.last else parse_calls(reply.text)
        if calls:
            self.table.forget()
            answered = await self.tools.answer(calls)
        else:
            objection = await self._objection_to(reply)
            if objection is None:
                return self._finish(reply)
            self.world.emit(ev.AgentWarned(self.agent.name, objection.text))
            self.must_call = objection.must_call
            answered = Answered([objection.text], stop=self.last)
        self._append(conversation, answered)
        return None

    async def _reply(self, conversation: Conversation) -> Reply:
        self.streamed = ""
        work = conversation.reply(self._limits(conversation), self._on_text)
        ender = self.world.ender
        if not ender.asked:
            reply = await ender.unless_asked(
                work, keep=lambda: self.agent.writes_answer and "|" in self.streamed
            )
        elif self.last and self.agent.writes_answer:
            reply = await ender.before_grace_ends(work)
        else:
            work.close()
            raise Stopped
        self.turns.append(Turn(reply))
        self.world.emit(ev.Replied(self.agent.name, len(self.turns), **alike(Reply, reply)))
        return reply

    def _limits(self, conversation: Conversation) -> ReplyLimits:
        use = ToolUse.NONE if self.last else ToolUse.REQUIRED if self.must_call else ToolUse.AUTO
        self.must_call = False
        settings, limits = self.world.settings, self.world.prompts.limits
        most, think = max(settings.max_reply_tokens, self.agent.answer_tokens), limits.think_tokens
        if self._may_be_long():
            think = think or most  # or a thought without end would take all of the room
            # where thoughts cannot be capped, one without end must leave room for a turn behind it
            most = max(most, self._room(conversation) - (1 if self.last else 3) * self.reserve)
        own = limits.subagent_reply_tokens if self.agent.role is ev.Role.SUBAGENT else 0
        bounds = [limits.reply_tokens, own, self._call_tokens() if use is ToolUse.REQUIRED else 0]
        most = min(most, *filter(None, bounds), max(self._room(conversation), 1))
        cap = settings.think_cap or (think if self.world.prompts.think else STRAY_THINKING)
        return ReplyLimits(most, cap, use, self.world.prompts.one_call)

    def _may_be_long(self) -> bool:
        """A table is as long as it is: who writes it has the room that there is, if nobody set a bound."""
        if self.world.prompts.limits.reply_tokens or self.world.settings.max_reply_tokens != USUAL_TOKENS:
            return False
        return self.agent.writes_answer and self.tools.worked

    def _call_tokens(self) -> int:
        """A model that rambles in a call that it must make holds up everybody."""
        limits = self.world.prompts.limits
        return limits.lead_call_tokens if self.agent.role is ev.Role.LEAD else limits.subagent_call_tokens

    def _append(self, conversation: Conversation, answered: Answered) -> None:
        """Add the tool message; decide whether the next reply must be the last."""
        if self.agent.writes_answer and (heard := self.world.heard()):
            answered = replace(answered, parts=[*answered.parts, *heard])
        turn = len(self.turns) + 1
        last = answered.stop or turn >= self.agent.turns or self.world.ender.asked
        reserve = self.reserve // 4 if self.table else self.reserve  # the rest of a table may be short
        place = Place(turn, self.agent.turns, self._room(conversation), reserve)
        message = fitted(self.world.prompts, answered.parts, place, last, self.world.engine.count_tokens)
        if message.cut:
            self.world.emit(ev.AgentWarned(self.agent.name, self.world.prompts.fill("told.cut")))
        conversation.add_tool_result(message.text)
        self._note(message.text)
        self.last, self.crowded = message.last, message.last and not last

    def _note(self, text: str) -> None:
        self.turns[-1] = replace(self.turns[-1], tool_result=text)
        self.world.emit(ev.ToolAnswered(self.agent.name, len(self.turns), text))

    async def _objection_to(self, reply: Reply) -> Objection | None:
        """Why this is no answer yet. After the order to answer only a table that broke off may go on."""
        fill, cut = self.world.prompts.fill, reply.stop is not Stop.END  # servers take the one for the other
        if cut and not self.last and not split_thinking(reply.text)[1] and self._once("thought_cut"):
            return Objection(fill("told.thought_cut"))
        whole = replace(reply, text=self.table.whole(reply.text))
        objection = None if self.last else await self.tools.object_to(whole)
        if objection is not None or not cut:
            return objection
        if row := self._row_to_go_on_from(reply):
            return Objection(fill("told.table_cut", row=row))
        may_be_told = reply.stop is Stop.LENGTH and not self.last and not self.table
        if may_be_told and self._once("cut_off"):
            return Objection(fill("told.cut_off"))
        return None

    def _row_to_go_on_from(self, reply: Reply) -> str:
        ends = len(self.turns) >= self.agent.turns or self.world.ender.asked
        if ends or not (self.agent.writes_answer and self.agent.wants_table):
            return ""
        self.unasked = self.unasked if self.table else not self.last
        return self.table.cut_in(reply.text)

    def _once(self, what: str) -> bool:
        fresh = what not in self.told
        self.told.add(what)
        return fresh

    def _finish(self, reply: Reply) -> Finished:
        if self.agent.writes_answer:
            text = self.table.whole(reply.text)
        else:
            text = without_calls(split_thinking(reply.text)[1])
        cut = reply.stop is not Stop.END
        text = once_round(text) if cut else text
        if not text.strip():
            silent = Cause.TURNS if len(self.turns) >= self.agent.turns else Cause.SILENT
            causes = {Stop.CONTEXT: Cause.CONTEXT, Stop.LENGTH: Cause.LENGTH}
            return self.cut_short(causes.get(reply.stop, silent))
        began = bool(self.table) and self.unasked
        early = self.last and len(self.turns) < self.agent.turns and not began
        outcome = ev.Outcome.PARTIAL if cut or early else ev.Outcome.DONE
        reason = Cause.CONTEXT if self.crowded and self.agent.writes_answer else Cause.EARLY
        return Finished(self.agent, outcome, text, reason if early else Cause.NONE, cut)

    def cut_short(self, reason: Cause, detail: str = "") -> Finished:
        """The end of an agent that did not come to an answer: what it was writing, or what it had found."""
        text = self.table.whole(self.streamed) if self.agent.writes_answer else self.tools.gathered()
        outcome = ev.Outcome.PARTIAL if text else ev.Outcome.FAILED
        return Finished(self.agent, outcome, text, reason, cut=True, detail=detail)

    async def _open(self) -> Conversation:
        return await self.world.engine.open(replace(self.opening, history=tuple(self.turns)))

    async def _open_for_last_words(self) -> Conversation:
        """The same conversation, in which the last message ends with the order to answer."""
        if not self.agent.writes_answer:
            raise Stopped
        now = self.world.prompts.fill("hint.answer_now")
        if self.turns:
            self._note(joined([self.turns[-1].tool_result or "", now]))
        else:
            self.opening = replace(self.opening, user=joined([self.opening.user, now]))
        self.last = True
        return await self._open()

    async def _remember(self) -> Reply | None:
        """After a resume: tell the tools what was done; the reply that was not yet acted upon, if any."""
        known, self.turns = self.turns, []
        for turn in known:
            self.last = self._told_to_answer() or len(self.turns) + 1 >= self.agent.turns
            self.turns.append(turn)
            calls = Calls() if self.last else parse_calls(turn.reply.text)
            if turn.tool_result is None:
                return turn.reply
            if calls:
                self.table.forget()
                self.tools.recall(calls)
            else:
                await self._objection_to(turn.reply)
        self.last = self._told_to_answer() or len(self.turns) + 1 >= self.agent.turns
        return None

    def _told_to_answer(self) -> bool:
        now = self.world.prompts.fill("hint.answer_now")
        return bool(now and self.turns) and now in (self.turns[-1].tool_result or "")

    def _room(self, conversation: Conversation) -> int:
        most = self.world.prompts.limits.context_tokens
        return min(conversation.room, most - conversation.tokens if most else conversation.room)

    def _on_text(self, piece: str) -> None:
        self.streamed += piece
        self.world.emit(ev.TextCame(self.agent.name, piece))


def _opening(world: World, agent: Agent) -> Opening:
    prompts = world.prompts
    return Opening(
        system_text(agent.role, prompts, agent.wants_table),
        user_text(agent.role, prompts, agent.question, agent.turns, agent.task),
        tools_for(agent.role, prompts),
        prompts.show_tools,
        world.sampling_for(agent.name),
        agent.name,
    )
