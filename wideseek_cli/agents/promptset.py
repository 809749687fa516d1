"""Prompt sets: every word that code says to a model, in plain files that anyone can replace.

A set is a folder. A file is looked for in this order, and TOML files are merged key by key:

    SET/LANGUAGE/file   SET/file   default/LANGUAGE/file   default/en/file   default/file

Between a folder of the user's and `default` lies the set that the folder's `set.toml` names as its `base`, or
the model's own. A set with words of its own but without a folder of the wanted LANGUAGE speaks English
throughout, its own and the default set's; a set that only has flags and limits speaks the wanted language.

`*.md` are whole messages, `sentences.toml` the short ones, `tools.toml` how tools are described, and
`set.toml` flags and limits. `{word}` is filled in where the code has a value of that name; every other
brace stays as it is. An empty sentence is left out of the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from wideseek_cli.core import paths
from wideseek_cli.core.errors import ConfigError, NotFoundError
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.tomlfile import read_toml

SETS = Path(__file__).parent / "prompts"
DEFAULT = "default"
LANGUAGES = ("en", "zh")
_WORD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Limits:
    """What a set bounds; 0 is no bound of its own (settings and engine still have theirs)."""

    width: int = 10
    queries: int = 5
    urls: int = 5
    hits: int = 3
    hits_most: int = 9
    snippet_chars: int = 5000
    page_chars: int = 25000
    result_chars: int = 0
    report_chars: int = 0
    lead_turns: int = 0
    subagent_turns: int = 0
    single_turns: int = 0
    context_tokens: int = 32000
    reply_tokens: int = 0
    subagent_reply_tokens: int = 0
    lead_call_tokens: int = 0
    subagent_call_tokens: int = 0
    call_chars: int = 0
    think_tokens: int = 0
    lead_answer_tokens: int = 4096
    subagent_answer_tokens: int = 1536
    reader_tokens: int = 700


@dataclass(frozen=True)
class PromptSet:
    """The words, flags and limits of one set in one language."""

    name: str
    language: str
    texts: Mapping[str, str]
    tools: Mapping[str, Mapping[str, str]]
    show_tools: bool = True
    think: bool = True
    guide: bool = False  # code helps a model that plans badly
    lists: bool = False  # code reads the lists that a question names, and brings the table's rows in line
    one_call: bool = False  # a reply ends with its first call
    reader: str = ""  # "extract" or "model": what this set's model was trained with; empty: no wish
    limits: Limits = field(default_factory=Limits)

    def fill(self, name: str, **values: object) -> str:
        """The text `name` with its words filled in, in one pass: what is filled in is not filled again."""

        def value(match: re.Match[str]) -> str:
            return str(values[match[1]]) if match[1] in values else match[0]

        return _WORD.sub(value, self.texts[name])

    def at_width(self, width: int) -> PromptSet:
        """The lead is told how many subtasks it may hand out: no more than will be taken."""
        most = self.limits.width
        return replace(self, limits=replace(self.limits, width=min(width, most) if most else width))

    def within(self, settings: Settings) -> Settings:
        """The settings as they take effect."""
        return replace(settings, **{name: min(getattr(settings, name), m) for name, m in self._bounds()})

    def bounded(self, settings: Settings) -> Iterator[str]:
        """What the user set higher than this set allows."""
        for name, most in self._bounds():
            wanted = getattr(settings, name)
            theirs = wanted > most and wanted != getattr(Settings(), name)
            if theirs and (name == "single_turns") is settings.single:
                words = name.replace("_", " ")
                yield f"{words} is {most}, not {wanted}: the prompt set {self.name} goes no further"

    def _bounds(self) -> Iterator[tuple[str, int]]:
        """What it goes no further than, by setting."""
        bounds = {**vars(self.limits), "turns": self.limits.lead_turns}
        for name in ("width", "turns", "subagent_turns", "single_turns"):
            if bounds[name]:
                yield name, bounds[name]


def load_prompts(name_or_dir: str = "", language: str = "en", own: str = "") -> PromptSet:
    """A set of the package, by name, or of the user's, by folder; unnamed, the model's `own`."""
    if language not in LANGUAGES:
        raise ConfigError(
            f"no prompts for the language {language!r}", hint=f"there are: {', '.join(LANGUAGES)}"
        )
    folder = _find_set(name_or_dir or own or DEFAULT)
    return _shipped(folder, language) if folder.parent == SETS else _loaded(folder, language, own)


@cache
def _shipped(folder: Path, language: str) -> PromptSet:
    """Sets of the package stay as they are, and every run asks for one."""
    return _loaded(folder, language)


def _loaded(folder: Path, language: str, own: str = "") -> PromptSet:
    layers = _layers(folder, own)
    if any(_spoken(layer, language) != language for layer in layers):
        language = "en"
    places = [SETS / DEFAULT, SETS / DEFAULT / "en", SETS / DEFAULT / language]
    places += [place for layer in layers for place in (layer, layer / language)]
    texts: dict[str, str] = {}
    tools: dict[str, dict[str, str]] = {}
    options: dict[str, Any] = {"limits": {}}
    for place in dict.fromkeys(places):
        texts.update(_read_texts(place, texts if place not in places[:3] else None))
        for tool, words in _read_tools(place).items():
            tools.setdefault(tool, {}).update(words)
        given = _read_options(place / "set.toml")
        options = {**options, **given, "limits": {**options["limits"], **given.get("limits", {})}}
    limits = Limits(**options.pop("limits"))
    options.pop("base", None)
    return PromptSet(folder.name, language, texts, tools, limits=limits, **options)


@cache
def set_names() -> tuple[str, ...]:
    """The sets that come with the package."""
    return tuple(sorted(entry.name for entry in SETS.iterdir() if entry.is_dir()))


def _find_set(name_or_dir: str) -> Path:
    if name_or_dir in set_names():
        return SETS / name_or_dir
    folder = paths.expanded(name_or_dir)
    if not folder.is_dir():
        names = ", ".join(set_names())
        raise NotFoundError(f"no prompt set {name_or_dir!r}", hint=f"give a folder, or one of: {names}")
    return folder.resolve()


def _layers(folder: Path, own: str) -> list[Path]:
    """A set and those that it is laid over. Its model's own set may be a folder as well."""
    if folder.parent == SETS:
        return [folder]
    base = str(_read_options(folder / "set.toml").get("base") or own or DEFAULT)
    if base in set_names():
        return [SETS / base, folder]
    if base != own or _find_set(own) == folder:
        raise ConfigError(
            f"{folder / 'set.toml'}: no prompt set {base!r}", hint=f"one of: {', '.join(set_names())}"
        )
    return [*_layers(_find_set(own), DEFAULT), folder]


def _spoken(folder: Path, wanted: str) -> str:
    """The language of a set that was asked for one: a model is not to be spoken to in two at once."""
    has_words = any(path.is_file() and path.stem.lower() != "readme" for path in folder.rglob("*.md"))
    has_words = has_words or any(folder.rglob("sentences.toml")) or any(folder.rglob("tools.toml"))
    return wanted if (folder / wanted).is_dir() or not has_words else "en"


def _read_texts(place: Path, known: Mapping[str, str] | None) -> dict[str, str]:
    texts = {path.stem: _read(path).removesuffix("\n") for path in sorted(place.glob("*.md"))}
    path = place / "sentences.toml"
    if path.is_file():
        texts.update(_flatten(path, read_toml(path)))
    for name in texts:
        if known is not None and name not in known and name.lower() != "readme":
            raise ConfigError(f"{place}: nothing is called {name!r} in a prompt set")
    return texts


def _flatten(path: Path, sections: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section, sentences in sections.items():
        for key, text in _table(path, section, sentences).items():
            if not isinstance(text, str):
                raise ConfigError(f"{path}: {section}.{key} must be a text")
            yield f"{section}.{key}", text


def _read_tools(place: Path) -> dict[str, dict[str, str]]:
    path = place / "tools.toml"
    if not path.is_file():
        return {}
    tools: dict[str, dict[str, str]] = {}
    for name, text in _flatten(path, read_toml(path)):
        tool, _, key = name.partition(".")
        tools.setdefault(tool, {})[key] = text
    return tools


def _read_options(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    options = read_toml(path)
    limits = _table(path, "limits", options.get("limits", {}))
    known = {item.name for item in fields(Limits)}
    for key, value in limits.items():
        if key not in known or isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ConfigError(f"{path}: limits.{key} is not a limit, or not a whole number")
    flags = ("show_tools", "think", "guide", "lists", "one_call")
    kinds = {**dict.fromkeys(flags, bool), "reader": str, "base": str, "limits": dict}
    for key, value in options.items():
        if not isinstance(value, kinds.get(key, ())):
            raise ConfigError(f"{path}: {key} is not an option of a prompt set, or of the wrong type")
    return options


def _table(path: Path, name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: {name} must be a section")
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
