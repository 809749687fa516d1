"""Where the command begins: Ctrl-C while the rest is still being imported is no traceback."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from wideseek_cli.cli.main import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
