"""Text from standard input."""

from __future__ import annotations

import sys

from wideseek_cli.errors import UsageError


def read_stdin(most: int) -> str:
    """So many characters at most, without a byte order mark. Bytes that are no text come as lone surrogates,
    where Python lets them pass at all."""
    try:
        text = sys.stdin.read(most)
        text.encode()
    except UnicodeError as error:
        raise UsageError("standard input is not UTF-8 text") from error
    return text.removeprefix("\ufeff")
