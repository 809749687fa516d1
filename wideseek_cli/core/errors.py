"""Every error a user can meet.

WideseekError
├── UsageError                  2
│   ├── ConfigError
│   ├── NotFoundError           (a run, a model name, a file that was named)
│   ├── MissingExtraError       (an optional package is not installed)
│   └── TableFileError          (a file with a table that cannot be used)
│       ├── EmptyTableError     NoHeaderError     RaggedRowError    RepeatedNameError
│       └── EncodingError       TooLargeError     UnknownColumnError    ColumnFullError    SheetError
├── SourceError                 4
│   ├── SearchBlockedError      (rate limited, challenged)
│   ├── SearchTimeoutError
│   └── SourceUnreachableError
├── ModelError                  5
│   ├── ModelMissingError
│   ├── ModelFileError          (not a GGUF, cut off, unknown architecture)
│   ├── ModelMemoryError
│   ├── LlamaMissingError       (llama.cpp's library does not load)
│   ├── TemplateError
│   ├── DownloadError
│   └── BuildError
├── EngineError                 1
│   ├── ContextFullError
│   ├── DecodeError
│   ├── RemoteError
│   └── EngineClosedError
├── RecordError                 1
├── RunStoppedError             130 (a queued run, before its turn)
├── OutputError                 1   (disk full, no permission)
├── ViewError                   1   (the page cannot be served)
├── WorkerError                 1   (no process to read pages with)
└── EvaluationError             1

Each carries one line for the user and, as `hint`, what to do next.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class ExitCode:
    """What a script can rely on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    SOURCE = 4
    MODEL = 5
    CHANGED = 10  # `refresh` found that something is different
    INTERRUPTED = 130


class WideseekError(Exception):
    """The root: a line to show, a hint, and an exit code."""

    exit_code: ClassVar[int] = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(WideseekError):
    """The command line or a setting is wrong."""

    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """A config file or an environment variable cannot be used."""


class NotFoundError(UsageError):
    """A run, model, file or page that was named does not exist."""


class MissingExtraError(UsageError):
    """An optional package is needed for this."""


class TableFileError(UsageError):
    """A file does not hold a table that can be read."""


class EmptyTableError(TableFileError):
    """There is nothing in the file, or no row in its table."""


class NoHeaderError(TableFileError):
    """The first line does not name the columns."""


class RaggedRowError(TableFileError):
    """A row has more or fewer fields than there are columns."""


class RepeatedNameError(TableFileError):
    """Two columns have one name, or two rows have the same key."""


class EncodingError(TableFileError):
    """The bytes are not UTF-8 or UTF-16 text."""


class TooLargeError(TableFileError):
    """The file, one of its cells, or the number of its rows is above the limit."""


class UnknownColumnError(TableFileError):
    """A column that was named is not in the file."""


class ColumnFullError(TableFileError):
    """A column that is to be filled has a value in every row already."""


class SheetError(TableFileError):
    """A workbook has several sheets and none was named, or not the named one."""


class AddressError(UsageError):
    """A port of this machine cannot be listened on."""


class SourceError(WideseekError):
    """A search or page source failed as a whole."""

    exit_code = ExitCode.SOURCE


class SearchBlockedError(SourceError):
    """The search engine refused: rate limit or challenge."""


class SearchTimeoutError(SourceError):
    """The search engine did not answer in time."""


class SourceUnreachableError(SourceError):
    """A source cannot be reached or opened at all."""


class ModelError(WideseekError):
    """A model is missing or cannot be used."""

    exit_code = ExitCode.MODEL


class ModelMissingError(ModelError):
    """No model is on this machine, or the named one is not."""


class ModelFileError(ModelError):
    """The file is not a GGUF we can run."""


class ModelWordsError(ModelError):
    """The texts that a model was trained with are not as expected."""


class ModelMemoryError(ModelError):
    """Model and contexts do not fit the memory."""


class LlamaMissingError(ModelError, ImportError):
    """llama.cpp's library does not load here, so no model can be used."""


class TemplateError(ModelError):
    """The chat template does not render."""


class DownloadError(ModelError):
    """A download failed."""


class BuildError(ModelError):
    """A GGUF could not be made from the weights."""


class EngineError(WideseekError):
    """Generation failed."""


class ContextFullError(EngineError):
    """A conversation does not fit, and never will."""


class DecodeError(EngineError):
    """llama.cpp failed on a batch; the conversations in it are lost."""


class RemoteError(EngineError):
    """A remote server failed: down, wants a key, broke off."""


class EngineClosedError(EngineError):
    """The engine or the conversation was closed."""


class RecordError(WideseekError):
    """The run record cannot be read or written."""


class RunBusyError(RecordError):
    """Another process is at the run."""


class RunStoppedError(WideseekError):
    """Somebody stopped a run before it began."""

    exit_code = ExitCode.INTERRUPTED


class OutputError(WideseekError):
    """The result cannot be written where it was asked for."""


class ViewError(WideseekError):
    """The page cannot be served."""


class WorkerError(WideseekError):
    """A process that reads outside bytes cannot be started."""


class EvaluationError(WideseekError):
    """A benchmark's data, judge or spec cannot be used."""


class Cause(str, Enum):
    """Why an agent, or the run with it, ended with less than was asked for."""

    NONE = ""
    INTERRUPTED = "interrupted"
    TIME = "time"
    SOURCE = "source"
    STEERED = "steered"
    ENGINE = "engine"
    TURNS = "turns"
    CONTEXT = "context"
    LENGTH = "length"
    SILENT = "silent"
    EARLY = "answered early"  # it was told to, after saying the same thing over and over
    NO_TABLE = "no table"
    ROWS_LOST = "rows lost"
    OTHER = "other"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]

    @classmethod
    def _missing_(cls, value: object) -> Cause | None:
        """One of another version's record; its words may follow a colon."""
        name = value.partition(":")[0] if isinstance(value, str) else ""
        return cls(name) if name != value else cls.OTHER


_WORDS = {
    Cause.NONE: "",
    Cause.INTERRUPTED: "interrupted",
    Cause.TIME: "out of time",
    Cause.SOURCE: "the source does not answer",
    Cause.STEERED: "told to stop searching",
    Cause.ENGINE: "the engine failed",
    Cause.TURNS: "out of turns",
    Cause.CONTEXT: "its context was full",
    Cause.LENGTH: "its reply was too long",
    Cause.SILENT: "wrote nothing",
    Cause.EARLY: "had to answer early",
    Cause.NO_TABLE: "the model wrote no table",
    Cause.ROWS_LOST: "rows of the model's answer could not be read",
    Cause.OTHER: "for a reason that this version does not know",
}
FROM_OUTSIDE = (Cause.INTERRUPTED, Cause.TIME, Cause.SOURCE, Cause.STEERED, Cause.ENGINE)
