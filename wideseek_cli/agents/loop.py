"""The one loop that every agent runs: reply, do what it asks for, say what came back, until it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from wideseek_cli import events as ev
from wideseek_cli.agents.calls import Calls, parse_calls, without_calls
from wideseek_cli.agents.fitting import Place, fitted
from wideseek_cli.agents.shapes import joined, system_text, tools_for, user_text
from wideseek_cli.agents.world import GraceOver, Stopped, World
from wideseek_cli.engine.base import Conversation
from wideseek_cli.errors import ContextFullError, EngineError
from wideseek_cli.messages import Opening, Reply, ReplyLimits, Stop, ToolUse, Turn, split_thinking
from wideseek_cli.state import BY_ENGINE, AgentState
from wideseek_cli.text import once_round

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

    async def answer(self, calls: Calls) -> Answered:
        """Carry out a turn's calls."""

    def recall(self, calls: Calls) -> None:
        """Remember calls of a turn before a resume, without doing them again."""

    def object_to(self, reply: Reply) -> Objection | None:
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
    reason: str = ""
    cut: bool = False


async def run_agent(world: World, agent: Agent, tools: Toolset, known: AgentState | None = None) -> Finished:
    """Run an agent to its end; `known` is how far it came before a resume. Says its end as an event."""
    if known is not None and known.outcome is not None:
        return Finished(agent, known.outcome, known.summary, known.reason)
    work = _Work(world, agent, tools, list(known.turns) if known else [])
    if known is None:
        system, user = work.opening.system, work.opening.user
        world.emit(ev.AgentStarted(agent.name, agent.role, agent.task, agent.wave, system, user))
    try:
        finished = await work.go()
    except (Stopped, GraceOver):
        finished = work.cut_short(world.ender.why)
    except ContextFullError:
        finished = work.cut_short("context")
    except EngineError as error:
        finished = work.cut_short(f"{BY_ENGINE}{error}")
    world.emit(ev.AgentFinished(agent.name, finished.outcome, finished.text, finished.reason))
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
        self.cut_off_told = False

    async def go(self) -> Finished:
        """The loop."""
        waiting = self._remember()
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
            answered = await self.tools.answer(calls)
        else:
            objection = None if self.last else self._objection_to(reply)
            if objection is None:
                return self._finish(reply)
            self.world.emit(ev.AgentWarned(self.agent.name, objection.text))
            self.must_call = objection.must_call
            answered = Answered([objection.text])
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
        self.world.emit(
            ev.Replied(
                self.agent.name,
                len(self.turns),
                reply.text,
                reply.token_ids,
                reply.stop,
                reply.context_tokens,
                reply.seconds,
                reply.counted,
            )
        )
        return reply

    def _limits(self, conversation: Conversation) -> ReplyLimits:
        use = ToolUse.NONE if self.last else ToolUse.REQUIRED if self.must_call else ToolUse.AUTO
        self.must_call = False
        settings, limits = self.world.settings, self.world.prompts.limits
        most = max(settings.max_reply_tokens, self.agent.answer_tokens)
        own = limits.subagent_reply_tokens if self.agent.role is ev.Role.SUBAGENT else 0
        bounds = [limits.reply_tokens, own, self._call_tokens() if use is ToolUse.REQUIRED else 0]
        most = min(most, *filter(None, bounds), max(self._room(conversation), 1))
        cap = settings.think_cap or (limits.think_tokens if self.world.prompts.think else STRAY_THINKING)
        return ReplyLimits(most, cap, use, self.world.prompts.one_call)

    def _call_tokens(self) -> int:
        """A model that rambles in a call that it must make holds up everybody."""
        limits = self.world.prompts.limits
        return limits.lead_call_tokens if self.agent.role is ev.Role.LEAD else limits.subagent_call_tokens

    def _append(self, conversation: Conversation, answered: Answered) -> None:
        """Add the tool message; decide whether the next reply must be the last."""
        turn = len(self.turns) + 1
        last = answered.stop or turn >= self.agent.turns or self.world.ender.asked
        place = Place(turn, self.agent.turns, self._room(conversation), self.reserve)
        message = fitted(self.world.prompts, answered.parts, place, last, self.world.engine.count_tokens)
        if message.cut:
            self.world.emit(ev.AgentWarned(self.agent.name, self.world.prompts.fill("told.cut")))
        conversation.add_tool_result(message.text)
        self._note(message.text)
        self.last, self.crowded = message.last, message.last and not last

    def _note(self, text: str) -> None:
        self.turns[-1] = replace(self.turns[-1], tool_result=text)
        self.world.emit(ev.ToolAnswered(self.agent.name, len(self.turns), text))

    def _objection_to(self, reply: Reply) -> Objection | None:
        objection = self.tools.object_to(reply)
        if objection is None and reply.stop is Stop.LENGTH and not self.cut_off_told:
            self.cut_off_told = True
            return Objection(self.world.prompts.fill("told.cut_off"))
        return objection

    def _finish(self, reply: Reply) -> Finished:
        text = reply.text if self.agent.writes_answer else without_calls(split_thinking(reply.text)[1])
        cut = reply.stop is not Stop.END
        text = once_round(text) if cut else text
        if not text.strip():
            silent = "turns" if len(self.turns) >= self.agent.turns else "silent"
            return self.cut_short({Stop.CONTEXT: "context", Stop.LENGTH: "length"}.get(reply.stop, silent))
        early = self.last and len(self.turns) < self.agent.turns
        outcome = ev.Outcome.PARTIAL if cut or early else ev.Outcome.DONE
        reason = "context" if self.crowded and self.agent.writes_answer else "answered early"
        return Finished(self.agent, outcome, text, reason if early else "", cut)

    def cut_short(self, reason: str) -> Finished:
        """The end of an agent that did not come to an answer: what it was writing, or what it had found."""
        text = self.streamed if self.agent.writes_answer else self.tools.gathered()
        outcome = ev.Outcome.PARTIAL if text else ev.Outcome.FAILED
        return Finished(self.agent, outcome, text, reason, cut=True)

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

    def _remember(self) -> Reply | None:
        """After a resume: tell the tools what was done; the reply that was not yet acted upon, if any."""
        for turn in self.turns:
            calls = parse_calls(turn.reply.text)
            if turn.tool_result is None:
                self.last = len(self.turns) >= self.agent.turns
                return turn.reply
            if calls:
                self.tools.recall(calls)
            else:
                self._objection_to(turn.reply)
        if self.turns:
            now = self.world.prompts.fill("hint.answer_now")
            told = bool(now) and now in (self.turns[-1].tool_result or "")
            self.last = told or len(self.turns) + 1 >= self.agent.turns
        return None

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
