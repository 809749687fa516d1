"""A run's inbox: messages that other processes leave for it in a file beside its lock."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from wideseek_cli.core.errors import RecordError
from wideseek_cli.record.lock import place_of

STEER, STOP = "steer", "stop"


@dataclass(frozen=True)
class Letter:
    """One message. A `stop` concerns the process that works on the run when it is sent."""

    id: str
    kind: str
    text: str = ""
    at: float = 0.0


def _file(record: Path, run: str) -> Path:
    place = place_of(record, run)
    return place.with_name(place.name + ".inbox")


def post(record: Path, run: str, kind: str, text: str = "") -> Letter:
    """Leave a message. It stays there for a resume if the process dies before it reads it."""
    letter = Letter(secrets.token_hex(8), kind, text, time.time())
    line = json.dumps(asdict(letter)) + "\n"
    try:
        file = os.open(_file(record, run), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
    except OSError as error:
        raise RecordError(
            f"run {run} cannot be told: {error.strerror}", hint="check who owns the folder of the record"
        ) from error
    return letter


class Inbox:
    """What arrives for one run. Looking costs one `stat` while nothing has come. `queued`: its process was
    begun for it, so that all it finds is for it."""

    def __init__(self, record: Path, run: str, *, queued: bool = False) -> None:
        self._path = _file(record, run)
        self._read = 0
        self._old = self._path.stat().st_size if self._path.exists() and not queued else 0

    def take(self) -> list[Letter]:
        """Messages that are new to this process."""
        try:
            if self._path.stat().st_size <= self._read:
                return []
            with open(self._path, "rb") as stream:
                stream.seek(self._read)
                new = stream.read()
        except FileNotFoundError:
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        here, letters = self._read - len(whole), []
        for line in whole.splitlines(keepends=True):
            letter = _letter(line)
            if letter is not None and (letter.kind != STOP or here >= self._old):
                letters.append(letter)
            here += len(line)
        return letters


def _letter(line: bytes) -> Letter | None:
    """A line that is no message of ours is passed over: the file lies where its owner can write."""
    try:
        plain = json.loads(line)
        return Letter(str(plain["id"]), str(plain["kind"]), str(plain["text"]), float(plain["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def forget(record: Path, run: str) -> None:
    """Take the inbox away with its run."""
    _file(record, run).unlink(missing_ok=True)
