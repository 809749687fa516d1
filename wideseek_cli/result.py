"""A run's table for Python: to look at, to write, to hand to pandas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from wideseek_cli.core.errors import MissingExtraError, UsageError
from wideseek_cli.core.state import RunState
from wideseek_cli.export.writing import BINARY, ExportMeta, Format, export, render
from wideseek_cli.table import model


@dataclass(frozen=True)
class Table(model.Table):
    """A table whose cells say how far they can be believed, and the run that made it.

    >>> table = Table.of(["country", "capital"], [["Peru", "Lima"]])
    >>> print(table.to_csv(), end="")
    country,capital
    Peru,Lima
    """

    question: str = ""
    run: str = ""

    @classmethod
    def of_run(cls, state: RunState) -> Table:
        """What a run has found so far."""
        found = state.table or model.Table(())
        return cls(found.columns, found.rows, state.question, state.run)

    @classmethod
    def of(cls, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
        """A table of plain texts; the first column is the key."""
        from wideseek_cli.table.columns import with_key

        named = with_key([model.Column(name) for name in columns])
        made = tuple(model.Row(tuple(model.Cell(text) for text in row)) for row in rows)
        if any(len(row.cells) != len(named) for row in made):
            raise UsageError("a row has another number of cells than there are columns")
        return cls(named, made)

    def to_csv(self) -> str:
        """As CSV; cells that a spreadsheet would run are made harmless."""
        return self._as(Format.CSV)

    def to_json(self) -> str:
        """With status, source and quote of every cell."""
        return self._as(Format.JSON)

    def to_markdown(self) -> str:
        """As a Markdown table."""
        return self._as(Format.MD)

    def to_html(self) -> str:
        """A page of its own, the evidence a click away."""
        return self._as(Format.HTML)

    def save(self, path: str) -> None:
        """Write a file, in the format of its ending."""
        export(self, ExportMeta(self.question, self.run), None, path)

    def to_records(self) -> list[dict[str, str]]:
        """The texts of each row by column."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, (c.text for c in row.cells), strict=True)) for row in self.rows]

    def to_pandas(self) -> Any:
        """A DataFrame of texts, where pandas is installed."""
        try:
            pandas = import_module("pandas")
        except ImportError as error:
            raise MissingExtraError("pandas is not installed", hint="pip install pandas") from error
        return pandas.DataFrame(self.to_records(), columns=[column.name for column in self.columns])

    def _as(self, format: Format) -> str:
        assert format not in BINARY
        return render(self, ExportMeta(self.question, self.run), format)
