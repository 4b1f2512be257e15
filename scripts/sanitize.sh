#!/usr/bin/env bash
# Builds the CPU backend under AddressSanitizer into build/asan and runs the tests of dlib_net there.
#
#   scripts/sanitize.sh [VENV] [pytest options]
#
# Leaks are not looked for: the interpreter and PyTorch keep memory to the end on purpose; the tests
# watch resident memory instead.
set -eu
cd "$(dirname "$0")/.."
python=$PWD/${1:-.venv}/bin/python
shift || true
target=$PWD/build/asan
DLIB_NET_SANITIZE=address DLIB_NET_CUDA=0 \
    "$python" setup.py --quiet build --build-base build/asan-objects --build-lib "$target"

# libstdc++ too: the sanitizer looks for __cxa_throw when it starts, and Python itself has none.
compiler=${CXX:-g++}
LD_PRELOAD="$($compiler -print-file-name=libasan.so) $($compiler -print-file-name=libstdc++.so.6)"
export LD_PRELOAD
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=1:strict_init_order=1:detect_odr_violation=2
# The copy in build/asan is to be imported, not the tree's own.
export PYTHONPATH=$target PYTHONSAFEPATH=1
"$python" -c "
import dlib_net, sys
assert dlib_net.__file__.startswith('$target'), dlib_net.__file__
assert 'fsanitize=address' in dlib_net.build_info()['backends']['cpu']['options']
print('AddressSanitizer build:', dlib_net.__file__)"
if [ $# -eq 0 ]; then set -- tests/dlib_net -q; fi
"$python" -m pytest -p no:cacheprovider --import-mode=importlib "$@"
