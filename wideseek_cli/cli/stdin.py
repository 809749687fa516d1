"""Text from standard input."""

from __future__ import annotations

import sys

from wideseek_cli.errors import UsageError


def read_stdin(most: int) -> str:
    """Without a byte order mark; more than so many characters are refused. Bytes that are no text come as
    lone surrogates, where Python lets them pass at all."""
    try:
        text = sys.stdin.read(most + 1)
        text.encode()
    except UnicodeError as error:
        raise UsageError("standard input is not UTF-8 text") from error
    if len(text) > most:
        raise UsageError(f"standard input is longer than {most:,} characters")
    return text.removeprefix("\ufeff")
