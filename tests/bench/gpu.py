"""The engine and llama-server on a GPU, in one command that ends within ten minutes.

    python -m tests.bench.gpu --source llama_cpp_python-0.3.36.tar.gz --out figures.json

Builds llama.cpp with CUDA from the source archive (`pip download --no-deps --no-binary :all:` fetches it),
writes the synthetic 4B model meanwhile, and replays a wide task for each width on both, without a network.
Needed: nvcc, cmake 3.24, ninja, and wideseek's own requirements but for llama-cpp-python, whose Python files
are taken from the archive. `--dry-run` does all but the build, on the processor, with a tiny model.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WIDTHS = (1, 4, 10, 16, 32)
# GB/s that the makers name, by a part of the card's name; `--bandwidth` for others
BANDWIDTHS = {
    "H200": 4800,
    "H100": 3350,
    "A100": 2039,
    "L40": 864,
    "L4": 300,
    "A10": 600,
    "4090": 1008,
    "3090": 936,
}
_CMAKE = (
    *("-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=ON", "-DGGML_CUDA=ON"),
    *("-DCMAKE_CUDA_ARCHITECTURES=native", "-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_TESTS=OFF"),
    "-DLLAMA_BUILD_EXAMPLES=OFF",
)


@dataclass(frozen=True)
class Job:
    """What to measure and where."""

    work: Path
    widths: tuple[int, ...]
    model: str  # of models/make_synthetic.py
    scale: float
    ends: float  # by time.monotonic()
    bandwidth: float  # GB/s; 0: not known
    environ: Mapping[str, str]
    server: Path | None

    @property
    def left(self) -> float:
        return self.ends - time.monotonic()

    def run(self, *command: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        """A command that may take what time is left."""
        say("$ " + " ".join(map(str, command)))
        return subprocess.run(
            command, check=True, text=True, env=self.environ, cwd=ROOT, timeout=max(1.0, self.left), **more
        )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def build(source: Path, work: Path, limit: float) -> Path:
    """Compile llama.cpp's libraries and its server; the folder that holds the archive's files."""
    with tarfile.open(source) as archive:
        archive.extractall(work, filter="data")
    (folder,) = (path for path in work.iterdir() if (path / "vendor/llama.cpp").is_dir())
    made = folder / "made"
    commands = [
        ["cmake", "-S", folder / "vendor/llama.cpp", "-B", made, *_CMAKE],
        ["cmake", "--build", made, "--target", "llama", "llama-server", "-j", str(os.cpu_count() or 1)],
    ]
    for command in commands:
        say("$ " + " ".join(map(str, command)))
        subprocess.run(command, check=True, timeout=limit, stdout=sys.stderr)
    installed = folder / f"{folder.name}.dist-info"  # for who asks which version this is
    installed.mkdir()
    shutil.copy(folder / "PKG-INFO", installed / "METADATA")
    return folder


def with_library(folder: Path) -> dict[str, str]:
    """An environment in which llama_cpp is the archive's, with the libraries that were built."""
    paths = os.pathsep.join([str(ROOT), str(folder), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": paths, "LLAMA_CPP_LIB_PATH": str(folder / "made/bin")}


def card() -> str:
    """The first GPU's name."""
    if shutil.which("nvidia-smi") is None:
        return ""
    asked = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.partition("\n")[0]


@contextmanager
def server(job: Job, model: Path, width: int) -> Iterator[str]:
    """llama-server with a slot for each agent; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    slots = width + 1
    command = [
        str(job.server),
        "-m",
        str(model),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "-np",
        str(slots),
    ]
    command += ["-c", str(4096 * slots), "-no-kvu", "-fa", "on", "-ngl", "99"]
    say("$ " + " ".join(command))
    with (job.work / f"server-{width}.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=job.environ)
        try:
            url = f"http://127.0.0.1:{port}"
            while not _answers(url):
                if process.poll() is not None or job.left < 1:
                    raise RuntimeError(f"llama-server did not start: see {log.name}")
                time.sleep(0.2)
            yield url
        finally:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def measure(job: Job, model: Path) -> list[dict[str, Any]]:
    """The figures of each width; widths for which no time is left are missing, and said."""
    rows: list[dict[str, Any]] = []
    for width in job.widths:
        command = [sys.executable, "-m", "wideseek_cli", "bench", "--model", str(model), "--no-speculate"]
        command += ["--width", str(width), "--scale", str(job.scale), "--repeat", "2", "--json"]
        try:
            if job.server is None:
                done = job.run(*command, stdout=subprocess.PIPE)
            else:
                with server(job, model, width) as url:
                    done = job.run(*command, "--against", url, stdout=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            say(f"no time is left for a width of {width}")
            break
        rows.append(row(json.loads(done.stdout), model.stat().st_size, job.bandwidth))
        say(shown(rows[-1]))
    return rows


def row(figures: Mapping[str, Any], file_bytes: int, bandwidth: float) -> dict[str, Any]:
    """Tokens a second of both sides. The share of the memory's speed counts the weights, once for a pass in
    which all agents write; passes with fewer of them make it more."""
    seconds, written = figures["wall_s"], figures["decode_tokens"]
    passes = figures["decode_per_s"] / figures["width"]
    against = figures.get("against")
    return {
        "width": figures["width"],
        "wall_s": seconds,
        "written_per_s": round(written / seconds, 1),
        "prefill_per_s": figures["prefill_per_s"],
        "decode_per_s": figures["decode_per_s"],
        "least_bandwidth_share": round(passes * file_bytes / bandwidth / 1e9, 4) if bandwidth else None,
        "python_share": figures["python_share"],
        "sampling_share": figures["sampling_share"],
        "server_wall_s": against["wall_s"] if against else None,
        "ratio": against["ratio"] if against else None,
    }


def shown(figures: Mapping[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in figures.items() if value is not None)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Time the engine and llama-server on a GPU.")
    parser.add_argument("--source", type=Path, help="llama_cpp_python-….tar.gz")
    parser.add_argument(
        "--work", type=Path, default=Path("/tmp/wideseek-gpu"), help="a folder with 8 GB free"
    )
    parser.add_argument("--out", type=Path, help="where the figures go; else only on the terminal")
    parser.add_argument("--minutes", type=float, default=9.5)
    parser.add_argument("--bandwidth", type=float, default=0.0, help="of the card's memory, GB/s")
    parser.add_argument("--server", type=Path, help="a llama-server that is built already, for --dry-run")
    parser.add_argument("--dry-run", action="store_true", help="no build, no GPU: a tiny model, two widths")
    given = parser.parse_args(arguments)
    ends = time.monotonic() + 60 * given.minutes
    given.work.mkdir(parents=True, exist_ok=True)
    name, found = ("tiny" if given.dry_run else "qwen3-4b"), card()
    if not given.dry_run and not (found and given.source and shutil.which("nvcc")):
        parser.error("a GPU, nvcc and --source are needed; or --dry-run")
    model = given.work / f"{name}.gguf"
    writing = [sys.executable, str(ROOT / "models/make_synthetic.py"), name, str(model)]
    with subprocess.Popen(writing) as written:  # beside the build
        folder = None if given.dry_run else build(given.source, given.work, ends - time.monotonic())
        if written.wait() != 0:
            raise SystemExit("the model could not be written")
    known = next((speed for part, speed in BANDWIDTHS.items() if part in found), 0)
    job = Job(
        work=given.work,
        widths=WIDTHS[:2] if given.dry_run else WIDTHS,
        model=name,
        scale=0.02 if given.dry_run else 1.0,
        ends=ends,
        bandwidth=given.bandwidth or known,
        environ=with_library(folder) if folder else {**os.environ, "PYTHONPATH": str(ROOT)},
        server=folder / "made/bin/llama-server" if folder else given.server,
    )
    say(f"measuring on {found or 'the processor'}; {job.left:.0f} s left")
    text = json.dumps({"card": found, "model": name, "rows": measure(job, model)}, indent=1)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
