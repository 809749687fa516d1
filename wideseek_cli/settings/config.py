"""The settings of a run. Where they come from (flags, environment, files) is read in `load`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.table.model import Column


@dataclass(frozen=True)
class Settings:
    """Everything that shapes a run; the defaults are the reference's where it has any."""

    # model and engine
    model: str = ""  # registry name, path, or hub repo; empty: chosen for this machine
    engine: str = ""  # URL of an OpenAI-compatible server; empty: the local engine
    lead_model: str = ""  # a model (as for `model`) or a server's URL for the lead alone; empty: the model
    sub_model: str = ""  # the same for the subagents
    context: int = 0  # tokens of KV in all; 0: fitted to the free memory
    kv: str = "auto"  # f16, q8_0 (half the memory, slower), auto: q8_0 where f16 does not fit
    flash: str = "auto"  # flash attention: on, off, auto (what was measured to be faster on this machine)
    temperature: float | None = None  # None: the model's own default
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    seed: int | None = None
    think_cap: int = 0
    max_reply_tokens: int = 4096
    grammar: bool = True
    speculate: bool = True

    # agents
    single: bool = False
    width: int = 10
    turns: int = 10
    subagent_turns: int = 20
    single_turns: int = 50
    language: str = "auto"  # auto, en, zh
    prompts: str = ""  # a prompt set's name, or a folder; empty: the model's own set

    # sources
    sources: tuple[str, ...] = ()  # empty: ddgs
    merge_sources: bool = False
    offline: bool = False
    reader: str = "auto"  # auto, extract, model, both
    ignore_robots: bool = False
    allow_hosts: tuple[str, ...] = ()
    max_age_s: float | None = None

    # budgets; 0: none
    time_s: float = 0.0
    max_searches: int = 0
    max_pages: int = 0

    # the table
    answer: str = "auto"  # auto (the question decides), table, short
    columns: tuple[Column, ...] = ()
    where: tuple[str, ...] = ()  # conditions that rows must meet: `founded < 1900`
    repair: int = 1
    harvest: bool = True  # rows may come from a table that answers the question
    strict: bool = False

    # the record
    record: Path | None = None  # None: the user's data directory
    keep_record: bool = True
