"""What kinds of values a column may hold."""

from __future__ import annotations

from enum import Enum


class ColumnType(str, Enum):
    """What a column holds."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    DATE = "date"
    URL = "url"
    BOOL = "bool"
