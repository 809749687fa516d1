"""llama.cpp's own quantiser, in a process of its own: it can be interrupted, and its memory goes with it.

python -m wideseek_cli.models.gguf.quantize IN.gguf OUT.gguf q4_k_m THREADS
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from wideseek_cli.core.errors import BuildError
from wideseek_cli.models.progress import Progress

# names as in file names -> llama.cpp's numbers for the mixes
QUANTS = {
    "q8_0": 7,
    "q6_k": 18,
    "q5_k_m": 17,
    "q5_k_s": 16,
    "q5_1": 9,
    "q5_0": 8,
    "q4_k_m": 15,
    "q4_k_s": 14,
    "q4_1": 3,
    "q4_0": 2,
    "iq4_nl": 25,
    "iq4_xs": 30,
    "q3_k_m": 12,
    "q2_k": 10,
}
_STEP = re.compile(r"\[\s*(\d+)/\s*(\d+)\]")
_KEPT_LINES = 40
ARGUMENTS = 4


def quantize(source: Path, out: Path, quant: str, threads: int, progress: Progress) -> None:
    """Write `source` quantised to `out`."""
    command = [sys.executable, "-m", __name__, str(source), str(out), quant, str(threads)]
    lines: list[str] = []
    with subprocess.Popen(
        command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as child:
        try:
            for line in child.stdout or ():
                lines = [*lines[-_KEPT_LINES:], line.strip()]
                step = _STEP.search(line)
                if step:
                    progress.step("quantise", int(step[1]), int(step[2]))
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        out.unlink(missing_ok=True)
        said = next((line for line in reversed(lines) if "fail" in line or "error" in line.lower()), "")
        raise BuildError(
            f"llama.cpp could not quantise to {quant}: {said or f'exit code {child.returncode}'}"
        )


def main(arguments: list[str]) -> int:
    """The child process."""
    import llama_cpp

    source, out, quant, threads = arguments
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = QUANTS[quant]
    params.nthread = int(threads)
    llama_cpp.llama_backend_init()
    return int(llama_cpp.llama_model_quantize(source.encode(), out.encode(), params))


if __name__ == "__main__":
    if len(sys.argv) != ARGUMENTS + 1:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
