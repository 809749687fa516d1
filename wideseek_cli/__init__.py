"""wideseek: a broad question in, a filled and sourced table out."""

__version__ = "0.1.0"
