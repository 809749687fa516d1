"""`wideseek help [TOPIC]`: short pages that come with the package."""

from __future__ import annotations

import sys

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.core.errors import UsageError
from wideseek_cli.help import TOPICS, text_of

app = plain_app()


@app.command()
def main(
    topic: str = typer.Argument("", help="a topic; without one they are listed"),
    man: bool = typer.Option(False, "--man", help="write the page as a manual page (roff)"),
) -> None:
    """Read about a topic: cells, formats, models, sources and others.

    Example: wideseek help cells
    """
    if not topic:
        width = max(map(len, TOPICS))
        typer.echo("\n".join(f"{name:{width}}  {about}" for name, about in TOPICS.items()))
        return
    if topic not in TOPICS:
        raise UsageError(f"no help topic {topic!r}", hint=f"topics: {', '.join(TOPICS)}")
    if man:
        from wideseek_cli.help.roff import to_roff

        typer.echo(to_roff(topic, TOPICS[topic], text_of(topic)), nl=False)
        return
    _show(text_of(topic))


def _show(text: str) -> None:
    """Rendered on a terminal, as it is in a pipe."""
    if not sys.stdout.isatty():
        typer.echo(text, nl=False)
        return

    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(text), width=min(console.width, 100))
