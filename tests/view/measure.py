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


def paint(tab: Tab) -> str:
    """Milliseconds from the request until the head of the page is painted, and until its table is."""
    moments = []
    for name in ("first-contentful-paint", "shown"):
        tab.wait(f"performance.getEntriesByName('{name}').length")
        moments.append(float(tab.js(f"performance.getEntriesByName('{name}')[0].startTime")))
    return f"first paint after {moments[0]:.0f} ms, the table after {moments[1]:.0f}"


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
        for number in range(3):
            with serve(Site(record)) as serving, browser(Path(folder) / f"profile{number}") as started:
                for run, rows in (("02lakes00", 300), ("02lakes00", 300), ("03thousand", 1000)):
                    tab = started.open(f"{serving.address}run/{run}")
                    print(f"{rows} rows: {paint(tab)}")
                    tab.wait(f"document.querySelectorAll('.grid tbody tr').length === {rows}")
                    print("  " + ", ".join(f"{name} {act(tab, code):.0f} ms" for name, code in _ACTS.items()))
                    tab.close()


if __name__ == "__main__":
    main()
