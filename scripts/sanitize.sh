#!/usr/bin/env bash
# Builds the CPU backend under a sanitizer into build/KIND and runs the tests of dlib_net there.
#
#   scripts/sanitize.sh address|undefined [VENV] [pytest options]
#
# Either ends at its first report. `undefined` looks into the facade and dlib's library and leaves
# dlib's templates out (build_support/backends.py says why). Leaks are not looked for: the
# interpreter and PyTorch keep memory to the end on purpose; make endurance watches resident memory.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-}
case $kind in
address) runtime=libasan.so ;;
undefined) runtime=libubsan.so ;;
*)
    echo "error: the sanitizer is '$kind'; give address or undefined" >&2
    exit 2
    ;;
esac
python=$PWD/${2:-.venv}/bin/python
shift $(($# < 2 ? $# : 2))
compiler=${CXX:-g++}
# The name alone, where the compiler has no such file.
runtime=$($compiler -print-file-name="$runtime")
if [ ! -f "$runtime" ]; then
    echo "error: $compiler has no $runtime; install it, or name a g++ that has it in CXX" >&2
    exit 1
fi
target=$PWD/build/$kind
DLIB_NET_SANITIZE=$kind DLIB_NET_CUDA=0 \
    "$python" setup.py --quiet build --build-base "build/$kind-objects" --build-lib "$target"

# libstdc++ too: the sanitizer looks for __cxa_throw when it starts, and Python itself has none.
LD_PRELOAD="$runtime $($compiler -print-file-name=libstdc++.so.6)"
export LD_PRELOAD
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=1:strict_init_order=1:detect_odr_violation=2
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
# OpenBLAS isn't instrumented; its threads would only wait for each other on busy cores.
export OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
# The copy in build/ is to be imported, not the tree's own: by the tests' own processes through
# PYTHONPATH, by pytest through its setting, which else puts the tree first.
export PYTHONPATH=$target PYTHONSAFEPATH=1
if [ $# -eq 0 ]; then set -- tests/dlib_net -q; fi
"$python" -c "
import sys
import pytest
status = pytest.main(sys.argv[1:])
import dlib_net
options = dlib_net.build_info()['backends']['cpu']['options']
if not dlib_net.__file__.startswith('$target/') or 'fsanitize=$kind' not in options:
    sys.exit(f'error: the tests ran on {dlib_net.__file__}, which is built with {options}')
print('sanitizer $kind: tested', dlib_net.__file__)
sys.exit(status)" -p no:cacheprovider --import-mode=importlib -o "pythonpath=build/$kind ." "$@"
