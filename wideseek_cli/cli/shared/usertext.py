"""Texts that the user gives, in stdin or a file; longer ones than are taken are refused, not cut."""

from __future__ import annotations

import sys

from wideseek_cli.core.errors import NotFoundError, UsageError
from wideseek_cli.core.paths import expanded


def read_stdin(most: int) -> str:
    """Without a byte order mark. Bytes that are no text come as lone surrogates, where Python lets them pass
    at all."""
    try:
        text = sys.stdin.read(most + 1)
        text.encode()
    except UnicodeError as error:
        raise UsageError("stdin is not UTF-8 text") from error
    except OSError as error:
        raise UsageError(f"stdin cannot be read: {error.strerror}") from error
    return _not_longer(text, "stdin", most).removeprefix("\ufeff")


def read_file(name: str, most: int, hint: str) -> str:
    """The same of a file; the hint says what it should hold."""
    try:
        with expanded(name).open(encoding="utf-8-sig") as file:
            text = file.read(most + 1)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {name}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text", hint=hint) from error
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    return _not_longer(text, name, most, hint)


def _not_longer(text: str, name: str, most: int, hint: str = "") -> str:
    if len(text) > most:
        raise UsageError(f"{name} is longer than {most:,} characters", hint=hint)
    return text
