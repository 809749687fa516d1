"""How long work tells what it does: a label, bytes done, bytes in all."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Shown by the command line; tests and scripts use `Silent`."""

    def say(self, text: str) -> None:
        """One line of news: what is fetched from where, what is waited for."""

    def step(self, label: str, done: int, total: int) -> None:
        """Bytes of a stage so far; `total` 0: not known."""


class Silent:
    """Shows nothing."""

    def say(self, text: str) -> None:
        """Drop the line."""

    def step(self, label: str, done: int, total: int) -> None:
        """Drop the figure."""
