"""From what the user asked for (or did not) to a model that can be loaded."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from wideseek_cli.core.errors import ModelMemoryError, ModelMissingError, NotFoundError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.machine import available_memory
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.paths import expanded
from wideseek_cli.models.authored import own_prompts
from wideseek_cli.models.registry import Entry, Registry, Shape, load_registry
from wideseek_cli.models.store import ModelStore, file_name

DEFAULT_QUANT = "q4_k_m"
AGENT_TOKENS = 4096  # the KV an agent should at least have; the engine makes do with less, slower
OVERHEAD = 400_000_000  # compute buffers and the program itself
REPO_PARTS = 2


@dataclass(frozen=True)
class ModelChoice:
    """All that a run needs to know of its model."""

    name: str
    path: Path
    adapter: Path | None = None
    prompts: str = ""  # prompt set; empty: the standard one
    sampling: Sampling = field(default_factory=Sampling)
    thinking: bool = False
    context: int = 0  # tokens one conversation may hold; 0: what the file says
    roles: tuple[str, ...] = ()
    note: str = ""  # why this one, when nobody asked for it: a line for stderr
    known: bool = False  # an entry of the registry, and not just any file
    words_note: str = ""  # why it is not spoken to in the words it was trained with


@dataclass(frozen=True)
class Wanted:
    """A model before it is on disk. `repo` is set when it is a hub repo that no entry names."""

    name: str
    entry: Entry | None = None
    path: Path | None = None
    repo: str = ""
    note: str = ""


def needed_memory(size: int, kv_bytes_per_token: int, width: int, tokens: int = AGENT_TOKENS) -> int:
    """Bytes to run `width` agents and their lead, with so many tokens each, without recomputing contexts."""
    return size + OVERHEAD + (width + 1) * tokens * kv_bytes_per_token


def entry_memory(entry: Entry, width: int) -> int:
    """The same for an entry that need not be on disk."""
    shape = entry.shape or Shape(0, 0, 0)
    return needed_memory(entry.size, shape.kv_bytes_per_token, width)


def resolve(asked: str = "", *, width: int = 10, store: ModelStore | None = None) -> ModelChoice:
    """The model to load: a registry name, a GGUF path, a hub repo, or the best for this machine.

    What is not on disk is a ModelMissingError with the command that fetches it; nothing is fetched here.
    Commands call `cli.fetching.ensure_model` instead, which says what was chosen and fetches or asks.
    """
    store, registry = store or ModelStore(), load_registry()
    return on_disk(find(asked, registry, store, width=width), registry, store)


def find(
    asked: str, registry: Registry, store: ModelStore, *, width: int = 10, memory: int | None = None
) -> Wanted:
    """What is wanted, on disk or not."""
    if not asked:
        return _best(registry, store, width, available_memory() if memory is None else memory)
    entry = registry.find(asked)
    if entry is not None:
        return Wanted(entry.name, entry=entry)
    path = expanded(asked)
    if os.path.isfile(path):  # False also for what is too long to be a name
        return Wanted(path.name.removesuffix(".gguf"), path=path)
    if path.name == asked and os.path.isfile(store.folder / asked):
        return Wanted(path.name.removesuffix(".gguf"), path=store.folder / asked)
    if is_repo(asked):
        return Wanted(asked, repo=asked)
    known = ", ".join(registry.entries)
    raise NotFoundError(
        f"no model or file is called {asked!r}", hint=f"known models: {known}; or a GGUF path, or owner/repo"
    )


def is_repo(text: str) -> bool:
    """Whether a text reads as a hub repo rather than a path that does not exist."""
    parts = text.split("/")
    return len(parts) == REPO_PARTS and all(parts) and not text.startswith((".", "~")) and ".gguf" not in text


def on_disk(wanted: Wanted, registry: Registry, store: ModelStore) -> ModelChoice:
    """The choice for something wanted, or a ModelMissingError."""
    if wanted.entry is not None:
        return _from_entry(wanted.entry, registry, store, wanted.note)
    path = wanted.path or _repo_file(wanted.repo, store)
    header = read_header(path)
    return ModelChoice(wanted.name, path, thinking="<think>" in header.template, note=wanted.note)


def _from_entry(entry: Entry, registry: Registry, store: ModelStore, note: str) -> ModelChoice:
    base = registry.base_of(entry)
    path = store.path_of(base)
    if not path.is_file():
        raise _missing(entry.name)
    prompts, words_note = own_prompts(entry, store)
    return ModelChoice(
        name=entry.name,
        path=path,
        adapter=store.adapter_of(entry),
        prompts=prompts,
        sampling=entry.sampling,
        thinking=entry.thinking,
        context=entry.context,
        roles=entry.roles,
        note=note,
        known=True,
        words_note=words_note,
    )


def _repo_file(repo: str, store: ModelStore) -> Path:
    exact = store.folder / file_name(repo, DEFAULT_QUANT)
    if exact.is_file():
        return exact
    stem = file_name(repo, "").removesuffix("..gguf")
    # one quantisation and nothing else: V3.1 is no V3
    of_repo = re.compile(rf"{re.escape(stem)}\.[^.]+\.gguf")
    found = next((p for p in store.files() if of_repo.fullmatch(p.name)), None)
    if found is None:
        raise _missing(repo)
    return found


def _missing(name: str) -> ModelMissingError:
    return ModelMissingError(
        f"the model {name} is not on this machine", hint=f"download it: wideseek models pull {name}"
    )


def _best(registry: Registry, store: ModelStore, width: int, memory: int) -> Wanted:
    """The best that fits; one that is here already goes before a better one that is not."""
    ranked = sorted((e for e in registry if e.rank > 0), key=lambda e: -e.rank)
    fitting = [e for e in ranked if not memory or entry_memory(e, width) <= memory]
    tight = [e for e in ranked if e not in fitting and entry_memory(e, 0) <= memory]
    usable = fitting + tight
    if not usable:
        raise ModelMemoryError(
            f"no known model fits the {memory / 1e9:.1f} GB of memory that are free",
            hint="close other programs, ask with --engine URL of a server, or try wideseek demo",
        )
    best = usable[0]
    here = next((e for e in usable if store.has(e)), None)
    chosen = here or best
    note = f"model: {chosen.name}"
    if chosen in tight:
        note += f" (memory is tight for {width} agents at once; they will wait for each other)"
    elif here and here is not best and best in fitting:
        note += f" (on this machine; better and fits: wideseek models pull {best.name})"
    else:
        note += f" (the best that fits {memory / 1e9:.0f} GB of memory)" if memory else ""
    return Wanted(chosen.name, entry=chosen, note=note)
