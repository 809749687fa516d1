"""How llama.cpp's threads wait for each other: briefly, then they sleep and leave the core to others.

OpenMP's threads spin at a barrier for as long as it lasts. On a machine that does other things they spin away
the time of the very threads that they wait for: a pass takes several times as long, and now and then a run
stands still. The runtimes read these variables when they are loaded, so they are set before llama.cpp is.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

# runtime -> its variable and our value. `OMP_WAIT_POLICY=passive` would do for all, but no spin at all costs
# an idle machine a third of its speed with small models, whose barriers are short; a short spin is free.
SPIN = {
    "GOMP_SPINCOUNT": "1000",  # libgomp (gcc): rounds of the loop; some microseconds
    "KMP_BLOCKTIME": "0",  # libomp (clang, Intel): milliseconds
}
# What users set to say how threads wait: theirs stands, also where it is the other runtime's.
_USERS = (*SPIN, "OMP_WAIT_POLICY")
_ENDLESS = frozenset({"active", "infinite", "infinity"})
_MOST_SPIN = 100_000


def set_waiting(environ: MutableMapping[str, str] = os.environ) -> None:
    """Let threads that wait sleep soon, unless the user has set how they wait."""
    if not any(name in environ for name in _USERS):
        environ.update(SPIN)


def slow_waiting(environ: MutableMapping[str, str] = os.environ) -> str:
    """The user's setting that makes threads spin long, as `NAME=value`, if there is one."""
    for name in _USERS:
        value = environ.get(name, "").strip().lower()
        number = int(value) if value.isdecimal() else 0
        if (
            value in _ENDLESS
            or (name == "GOMP_SPINCOUNT" and number > _MOST_SPIN)
            or (name == "KMP_BLOCKTIME" and number > 1)
        ):
            return f"{name}={environ[name]}"
    return ""
