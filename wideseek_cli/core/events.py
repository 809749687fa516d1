"""Everything that happens in a run, as frozen events.

An event is committed to the record, folded into the state, then shown, in that order. Transient events
(pieces of text, engine figures) are only shown: what they add up to arrives in a lasting event.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from wideseek_cli.core.errors import Cause
from wideseek_cli.core.findings import Hit, PageStatus
from wideseek_cli.core.messages import Stop
from wideseek_cli.core.steering import Orders
from wideseek_cli.core.task import About
from wideseek_cli.table.expected import Estimate, Expected
from wideseek_cli.table.model import Document, Row, Table


class Role(str, Enum):
    """Who an agent is."""

    LEAD = "lead"
    SUBAGENT = "subagent"
    SINGLE = "single"


class Outcome(str, Enum):
    """How an agent ended."""

    DONE = "done"
    PARTIAL = "partial"  # out of turns, context, time, or stopped: what it had is in its summary
    FAILED = "failed"


class Stage(str, Enum):
    """Where a table stands."""

    ENTITIES = "entities"  # rows named by the lead's plan
    REPORTS = "reports"  # provisional cells from subagents' summaries
    WRITTEN = "written"  # the lead's own table
    PROVED = "proved"  # evidence looked up
    FINAL = "final"

    @property
    def checked(self) -> bool:
        """Whether the states of its cells say anything yet."""
        return self in (Stage.PROVED, Stage.FINAL)


class Ending(str, Enum):
    """How a run ended."""

    COMPLETE = "complete"  # every cell proved or seen
    INCOMPLETE = "incomplete"  # a table with missing, unproved or conflicting cells
    ANSWERED = "answered"  # a short answer, no table
    NOTHING = "nothing"
    SOURCE_DOWN = "source_down"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


_BEGAN = time.time() - time.monotonic()


def moment() -> float:
    """Seconds since the epoch, steady within a process: whoever sets the clock lengthens no run."""
    return _BEGAN + time.monotonic()


@dataclass(frozen=True)
class Event:
    """The root. `at` is seconds since the epoch."""

    transient: ClassVar[bool] = False
    at: float = field(default_factory=moment, kw_only=True)


@dataclass(frozen=True)
class RunStarted(Event, About):
    run: str
    question: str
    settings: Mapping[str, Any]
    model: str
    source: str
    version: str
    language: str


@dataclass(frozen=True)
class RunQueued(Event, About):
    """A run is asked for, and a process of its own begins it: `in_turn` after the runs before it, since they
    share this machine's model."""

    run: str
    question: str
    settings: Mapping[str, Any]
    in_turn: bool = True


@dataclass(frozen=True)
class RunResumed(Event):
    """The run goes on after a cut."""


@dataclass(frozen=True)
class AgentStarted(Event):
    """`agent` is stable over a resume: `lead`, `single`, `w1.s3` (wave 1, third subagent)."""

    agent: str
    role: Role
    task: str
    wave: int = 0
    system: str = ""
    user: str = ""


@dataclass(frozen=True)
class TextCame(Event):
    """A piece of a reply as it streams."""

    transient: ClassVar[bool] = True
    agent: str
    piece: str


@dataclass(frozen=True)
class EngineTicked(Event):
    """The engine's running totals, about once a second."""

    transient: ClassVar[bool] = True
    decode_tokens: int
    prefill_tokens: int
    shared_tokens: int
    tokens_per_second: float


@dataclass(frozen=True)
class Replied(Event):
    """A whole reply. The token ids let a resumed conversation be the same one."""

    agent: str
    turn: int
    text: str
    token_ids: tuple[int, ...]
    stop: Stop
    context_tokens: int
    seconds: float
    counted: int = 0  # tokens it took, where their ids are not known

    @property
    def tokens(self) -> int:
        """How many tokens the model wrote."""
        return self.counted or len(self.token_ids)


@dataclass(frozen=True)
class ToolAnswered(Event):
    """The tool message that was appended after reply `turn`."""

    agent: str
    turn: int
    text: str


@dataclass(frozen=True)
class Delegated(Event):
    """The lead split its question; repair waves come from code (`by` is then "repair")."""

    agent: str
    wave: int
    tasks: tuple[str, ...]
    dropped: int = 0
    by: str = "lead"


@dataclass(frozen=True)
class Searched(Event):
    agent: str
    query: str
    hits: tuple[Hit, ...]
    engine: str
    remembered: bool = False
    error: str = ""
    note: str = ""
    count: int = 0  # how many hits were asked for


@dataclass(frozen=True)
class PageRead(Event):
    agent: str
    url: str
    need: str
    status: PageStatus
    title: str
    reason: str = ""
    excerpt: str = ""
    cached: bool = False


@dataclass(frozen=True)
class DocumentSaved(Event):
    """A page's cleaned text or a snippet, kept as evidence. Once per URL and kind."""

    document: Document
    links: tuple[str, ...] = ()  # where the page points: those addresses may be opened, also after a resume


@dataclass(frozen=True)
class AgentWarned(Event):
    """Something was dropped, repeated or malformed, and the agent was told."""

    agent: str
    text: str


@dataclass(frozen=True)
class AgentFinished(Event):
    agent: str
    outcome: Outcome
    summary: str
    reason: Cause = Cause.NONE
    detail: str = ""  # what the engine said


@dataclass(frozen=True)
class TableChanged(Event):
    stage: Stage
    table: Table


@dataclass(frozen=True)
class RowsExpected(Event):
    """How many rows there should be, by the pages that were read. `unchecked`: a condition of the question
    that only the model has seen to. Without an estimate nothing tells."""

    expected: tuple[Expected, ...]
    unchecked: str = ""
    estimate: Estimate | None = None


@dataclass(frozen=True)
class RowsFilled(Event):
    """A batch of rows is done: `rows` stand at `places`. Of the pages that were read, later batches need
    only those that are `kept`."""

    batch: int
    places: tuple[int, ...]
    rows: tuple[Row, ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowsLeftOut(Event):
    """Rows that are shown not to meet a condition of the user's, with the verdicts."""

    table: Table


@dataclass(frozen=True)
class BudgetEnded(Event):
    """A budget of the run is used up: `budget` is time, searches, pages, tokens."""

    budget: str
    limit: str


@dataclass(frozen=True)
class Noticed(Event):
    """Something the user should know: a source that failed over, a setting that was changed."""

    text: str


@dataclass(frozen=True)
class Steered(Event):
    """Somebody told the run something on its way; `orders` is what code obeys of it."""

    id: str
    text: str
    orders: Orders


@dataclass(frozen=True)
class RunEnded(Event):
    ending: Ending
    exit_code: int
    answer: str = ""  # the short answer, when no table was asked for
    reason: str = ""
