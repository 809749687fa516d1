"""A file of questions, and which of them are done."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wideseek_cli.cli.shared.usertext import read_file, read_stdin
from wideseek_cli.core.errors import OutputError, UsageError
from wideseek_cli.core.plain import Closing
from wideseek_cli.export.output import hold_folder
from wideseek_cli.table.columns import columns_spec
from wideseek_cli.table.model import Column

_MOST = 16 * 2**20  # characters of a questions file
_HINT = 'one question a line, or JSON lines like {"question": "…", "columns": "name, city"}'


@dataclass(frozen=True)
class Question:
    """A question of the file; `key` names its result, also when the file's order changes. Asked with other
    columns, it is another question."""

    text: str
    columns: str = ""
    shape: str = ""  # the columns that all questions have which name none

    @property
    def key(self) -> str:
        plain = unicodedata.normalize("NFKD", self.text).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
        asked = f"{self.text}\n{self.columns or self.shape}"
        digest = hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:8]
        return f"{slug}-{digest}" if slug else digest


def read_questions(name: str, columns: Sequence[Column] = ()) -> list[Question]:
    """All questions of a file (`-`: stdin), each once, without empty lines and those that begin with #.
    `columns` are those of every question that names none."""
    text = read_stdin(_MOST) if name == "-" else read_file(name, _MOST, _HINT)
    questions = dict.fromkeys(_parse(line, number) for number, line in _lines(text))
    if not questions:
        raise UsageError(f"no question in {name}", hint=_HINT)
    shape = columns_spec(columns)
    return [replace(question, shape=shape) for question in questions]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):  # what else ends a line may be in JSON
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _parse(line: str, number: int) -> Question:
    if not line.startswith("{"):
        return Question(line)
    try:
        known = json.loads(line)
        question, columns = known["question"], known.get("columns", "")
    except (ValueError, KeyError, RecursionError) as error:
        raise UsageError(f"line {number} is not a question: {error}", hint=_HINT) from error
    if not isinstance(question, str) or not isinstance(columns, str) or not question.strip():
        raise UsageError(f"line {number} is not a question", hint=_HINT)
    return Question(question.strip(), columns)


class Ledger(Closing):
    """Which run answers which question, in a file beside the results: what makes a batch resumable. The
    folder is held until it is closed, so that two batches do not write over each other."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".wideseek-batch.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._held = hold_folder(folder)
        except OSError as error:
            raise OutputError(f"{folder} cannot be used: {error.strerror}") from error
        try:
            self._runs = self._read()
        except BaseException:
            os.close(self._held)
            raise

    def _read(self) -> dict[str, str]:
        try:
            known = json.loads(self._path.read_text()) if self._path.exists() else {}
            return {str(key): str(run) for key, run in known.items()}
        except (ValueError, AttributeError, RecursionError) as error:
            raise UsageError(f"{self._path} is damaged", hint="delete it to restart the batch") from error
        except OSError as error:
            raise OutputError(f"{self._path} cannot be read: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._held)

    def run_of(self, question: Question) -> str | None:
        """The run that was started for it."""
        return self._runs.get(question.key)

    def note(self, question: Question, run: str) -> None:
        """Remember a run before it starts."""
        if self._runs.get(question.key) == run:
            return
        self._runs[question.key] = run
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            part.write_text(json.dumps(self._runs) + "\n")
            os.replace(part, self._path)
        except OSError as error:
            raise OutputError(f"{self._path} cannot be written: {error.strerror}") from error
