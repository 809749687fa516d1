"""How fast the page is: `python -m tests.view.measure`, on a machine that does nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.view import wide_run
from tests.view.chromium import Tab, browser
from wideseek_cli.view.server import serve
from wideseek_cli.view.site import Site

_ACTS = {
    "filter": "input.value = 'heron'; input.dispatchEvent(new Event('input'))",
    "unfilter": "input.value = ''; input.dispatchEvent(new Event('input'))",
    "sort": "document.querySelectorAll('.grid thead button')[2].click()",
    "open a cell": "document.querySelector('.grid tbody td').click()",
}


def paint(tab: Tab) -> float:
    """Milliseconds from the request to the first paint with content: the table is in it."""
    tab.wait("performance.getEntriesByName('first-contentful-paint').length")
    return float(tab.js("performance.getEntriesByName('first-contentful-paint')[0].startTime"))


def act(tab: Tab, code: str) -> float:
    """Milliseconds from an act to the frame that shows it."""
    painted = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    begin = "const input = document.getElementById('filter'), begun = performance.now()"
    return float(
        tab.js(f"(async () => {{ {begin}; {code}; await {painted}; return performance.now() - begun; }})()")
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "runs.sqlite"
        wide_run.keep(record, "02lakes00", 300)
        wide_run.keep(record, "03thousand", 1000)
        with serve(Site(record)) as serving, browser(Path(folder) / "profile") as started:
            for run, rows in (("02lakes00", 300), ("03thousand", 1000)):
                for _ in range(3):
                    tab = started.open(f"{serving.address}run/{run}")
                    print(f"{rows} rows: first paint after {paint(tab):.0f} ms")
                    tab.wait(f"document.querySelectorAll('.grid tbody tr').length === {rows}")
                    print("  " + ", ".join(f"{name} {act(tab, code):.0f} ms" for name, code in _ACTS.items()))
                    tab.close()


if __name__ == "__main__":
    main()
