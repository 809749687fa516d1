"""Where benchmark questions come from: the built-in offline set, WideSearch on the hub, a folder like it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import DownloadError, EvaluationError
from wideseek_cli.eval.scoring.frame import Frame, frame_of_csv, make_frame
from wideseek_cli.eval.scoring.spec import Spec, parse_spec

BUILT_IN = "factbook-wide"
WIDESEARCH = "widesearch"
HUB_REPO = "ByteDance-Seed/WideSearch"
SETUP = "setup.json"  # says that a folder holds results, which may lie inside the dataset's
_MOST_BYTES = 256 * 2**20
_LONGEST = 200  # bytes of an instance's name


@dataclass(frozen=True)
class Task:
    """One question with its right table."""

    id: str
    query: str
    language: str
    gold: Frame
    spec: Spec
    size: str = ""

    @property
    def fingerprint(self) -> str:
        """Differs when the question, its right table or how that is compared is another one."""
        rules = [str(self.spec.rule(name)) for name in self.spec.required]
        matter = [self.query, self.gold.columns, self.gold.rows, self.spec.key, rules]
        return hashlib.sha256(json.dumps(matter).encode()).hexdigest()[:16]


def load_dataset(name: str, *, offline: bool = False) -> list[Task]:
    """`factbook-wide[:SPLIT[:SIZE[:DRAW]]]`, `widesearch`, or a folder in WideSearch's format. Offline the
    hub is not asked: what was fetched before is used."""
    head, _, rest = name.partition(":")
    if head == BUILT_IN:
        return _built_in(rest)
    folder = _from_hub(offline=offline) if name == WIDESEARCH else Path(name)
    if not folder.is_dir():
        raise EvaluationError(
            f"there is no dataset {name!r}",
            hint=f"known: {BUILT_IN}:dev, {BUILT_IN}:test, {BUILT_IN}:zh, {WIDESEARCH}, or a folder",
        )
    return _from_folder(folder)


def is_built_in(name: str) -> bool:
    return name.partition(":")[0] == BUILT_IN


def read_json_lines(path: Path, *, growing: bool = False) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file. Of one that is `growing`, a last line without its end is left out:
    it is being written, or was cut off."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise EvaluationError(f"{path.name} is over {_MOST_BYTES // 2**20} MB")
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip() or (growing and not line.endswith(b"\n")):
                    continue
                entry = json.loads(line)
                if not isinstance(entry, dict):
                    raise EvaluationError(f"{path.name}:{number} is not an object")
                yield entry
    except (OSError, ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} cannot be read as JSON lines: {error}") from error


def tasks_of(queries: Path, gold: Path) -> list[Task]:
    """A queries file and the folder of its gold tables, one CSV per instance."""
    tasks: dict[str, Task] = {}
    for entry in read_json_lines(queries):
        name = str(entry.get("instance_id", ""))
        if not name or not str(entry.get("query") or "").strip():
            raise EvaluationError(f"{queries.name}: an entry without instance_id or query")
        if not _names_a_file(name):
            raise EvaluationError(f"{queries.name}: {name[:60]!r} cannot be an instance's name")
        if name in tasks:
            raise EvaluationError(f"{queries.name}: the question {name!r} is there twice")
        tasks[name] = _task(name, entry, queries, gold / f"{name}.csv")
    return list(tasks.values())


def _names_a_file(name: str) -> bool:
    plain = name.isprintable() and not name.startswith(".") and not set(name) & {"/", "\\"}
    return plain and len(name.encode()) <= _LONGEST


def _task(name: str, entry: Mapping[str, Any], queries: Path, gold: Path) -> Task:
    try:
        spec = parse_spec(entry.get("evaluation") or {})
    except EvaluationError as error:
        raise EvaluationError(f"{queries.name}: {name}: {error}", hint=error.hint) from error
    table = frame_of_csv(gold)
    if lacking := [column for column in spec.required if column not in table.columns]:
        raise EvaluationError(
            f"{gold} lacks the required columns {', '.join(lacking)}",
            hint=f"it has: {', '.join(table.columns)}",
        )
    language = str(entry.get("language") or ("zh" if "_zh_" in name else "en"))
    return Task(name, str(entry["query"]), language, table, spec)


def _built_in(which: str) -> list[Task]:
    from wideseek_cli.eval.questions.factbook_wide import questions

    split, size, draw, *more = [*which.split(":"), "", ""][: max(3, which.count(":") + 1)]
    sizes = {"small", "medium", "large"}
    if size and size not in sizes:
        raise EvaluationError(
            f"{BUILT_IN} has no size {size!r}", hint=f"there are: {', '.join(sorted(sizes))}"
        )
    if more or (draw and not (draw.isascii() and draw.isdigit() and len(draw) < 5)):
        raise EvaluationError(
            f"{BUILT_IN} has no draw {which.split(':', 2)[2]!r}",
            hint=f"a draw is a number: {BUILT_IN}:test:small:1",
        )
    return [
        Task(q.id, q.text, q.language, make_frame(q.columns, q.gold), parse_spec(q.spec), q.size)
        for q in questions(split or "dev", int(draw or 0))
        if size in ("", q.size)
    ]


def _from_hub(*, offline: bool) -> Path:
    from wideseek_cli.models.fetching.hub import fetch_dataset

    try:
        return fetch_dataset(HUB_REPO, offline=offline)
    except DownloadError as error:
        raise EvaluationError(str(error), hint="fetch it elsewhere and name its folder instead") from error


def _from_folder(folder: Path) -> list[Task]:
    """The one JSON-lines file that holds queries, and the folder with the most CSV files."""
    files = [path for path in sorted(folder.rglob("*.jsonl")) if not (path.parent / SETUP).is_file()]
    gold = {path.parent for path in folder.rglob("*.csv")}
    if len(files) != 1 or not gold:
        raise EvaluationError(
            f"{folder} is not a dataset: it needs one .jsonl of queries and a folder of gold .csv files",
            hint=f"it has: {', '.join(path.name for path in files[:5]) or 'no .jsonl'}; "
            f"{'some' if gold else 'no'} .csv files",
        )
    return tasks_of(files[0], max(sorted(gold), key=lambda path: len(list(path.glob("*.csv")))))
