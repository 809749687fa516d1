"""A run's result, written where it was asked for."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.errors import OutputError, UsageError
from wideseek_cli.state import RunState
from wideseek_cli.table.markdown import render
from wideseek_cli.table.model import Table
from wideseek_cli.text import clean_line, clean_text
from wideseek_cli.ui.streams import write_out

FORMATS = ("table", "md", "csv", "tsv", "json", "jsonl", "xlsx", "sqlite", "html")
_BINARY = ("xlsx", "sqlite")
_ENDINGS = {
    ".markdown": "md",
    ".txt": "table",
    ".ndjson": "jsonl",
    ".db": "sqlite",
    ".sqlite3": "sqlite",
    ".htm": "html",
    **{f".{name}": name for name in FORMATS if name != "table"},
}


@dataclass(frozen=True)
class Output:
    """Where the result goes and how. `taken`: stdout belongs to the event stream."""

    format: str
    path: Path | None = None  # None: stdout
    evidence: bool = False
    raw: bool = False
    taken: bool = False

    @classmethod
    def of(
        cls, out: str, named: str | None, *, evidence: bool = False, raw: bool = False, taken: bool = False
    ) -> Output:
        """A format that is named, else the file's ending, else a table on a terminal and CSV in a pipe."""
        path = None if out in ("-", "") else Path(out).expanduser()
        if named is not None and named not in FORMATS:
            raise UsageError(f"there is no format {named!r}", hint=f"Formats: {' '.join(FORMATS)}")
        chosen = named or (_by_ending(path) if path else "table" if _on_terminal() else "csv")
        if path is None and chosen in _BINARY:
            raise UsageError(f"{chosen} goes to a file", hint=f"Name one: -o result.{chosen}")
        return cls(chosen, path, evidence, raw, taken)


def _by_ending(path: Path) -> str:
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"the ending of {path.name} names no format", hint=f"Name it with -f: {' '.join(FORMATS)}"
        )
    return found


def _on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def deliver(state: RunState, output: Output) -> None:
    """Write the table or the short answer; nothing when there is neither."""
    if output.path is None and output.taken:
        return
    kept = f"wideseek runs export {state.run}" if state.run else ""
    if state.answer:
        _put(_answer_text(state, output), output, kept)
    elif state.table is not None and state.table.columns:
        _put_table(state.table, state, output, kept)


def _answer_text(state: RunState, output: Output) -> str:
    """The short answer; with where it stands on a terminal, as an object for programs."""
    proofs = [c.proof for row in state.table.rows for c in row.cells if c.proof] if state.table else []
    status = [c.status.value for row in state.table.rows for c in row.cells][:1] if state.table else []
    if output.format in ("json", "jsonl"):
        data = {
            "question": state.question,
            "answer": state.answer,
            "status": (status or ["unproved"])[0],
            "sources": [{"url": proof.url, "quote": proof.quote} for proof in proofs],
            "run": state.run,
        }
        return json.dumps(data, ensure_ascii=False, indent=2 if output.format == "json" else None) + "\n"
    lines = [clean_text(state.answer)]
    if output.evidence or output.format in ("table", "md", "html"):
        lines += [f"source: {clean_line(p.url, 300)}\n  “{clean_line(p.quote, 300)}”" for p in proofs]
        lines += [] if proofs else ["source: none was found; do not rely on it"]
    return "\n".join(lines) + "\n"


def _put(text: str, output: Output, kept: str) -> None:
    if output.path is None:
        write_out(text, kept=kept)
    else:
        write_file(output.path, text.encode("utf-8", "replace"))


def write_file(path: Path, data: bytes) -> None:
    """All of it or nothing: a reader never meets half a file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _put_table(table: Table, state: RunState, output: Output, kept: str) -> None:
    _put(_rendered(table, state, output), output, kept)


def _rendered(table: Table, state: RunState, output: Output) -> str:
    rows = [[clean_line(cell.text) for cell in row.cells] for row in table.rows]
    names = [column.name for column in table.columns]
    if output.format in ("csv", "tsv"):
        made = io.StringIO()
        separator = "," if output.format == "csv" else "\t"
        csv.writer(made, delimiter=separator, lineterminator="\n").writerows([names, *rows])
        return made.getvalue()
    if output.format in ("table", "md"):
        return render(table)
    if output.format == "json":
        data = {"question": state.question, "columns": names, "rows": rows, "run": state.run}
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    raise UsageError(f"{output.format} cannot be written yet", hint="Use csv, md or json.")
