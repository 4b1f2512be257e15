#!/usr/bin/env bash
# Everything that only a machine with a GPU can show:
#   tests: the GPU tests                     overhead: what Python costs
#   selftest: the instrument measures what is known, and the machine's noise floor
#   oom: a cell that doesn't fit             sweep: two cells in the default profile
# The sweep is the last: where a call is cut short, its document has the cells that were finished,
# and `benchcore --headless --resume` goes on with it.
# and, only when named:
#   verify: benchcore verify on the GPU      bench: eight cells in the quick profile
#   ceilings: the device's matrix and copy peaks
#   profile: the kernels of six cells
#   endurance: nothing grows on the device either    sanitizer: NVIDIA's compute-sanitizer
#
#   scripts/gpu_check.sh [RESULTS [STEP...]]     RESULTS: a folder for documents and logs
#                                                (results/gpu)
#
# The backends are built first. Works offline: DLIB_SOURCE names dlib's source archive, PYTHON a
# Python that has PyTorch with CUDA, WHEELS (optional) a folder with wheels of what that Python lacks.
set -u -o pipefail
cd "$(dirname "$0")/.."
results=${1:-results/gpu}
[ $# -gt 0 ] && shift
steps=" ${*:-tests overhead selftest oom sweep} "
python=${PYTHON:-python3}
mkdir -p "$results"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -n "${WHEELS:-}" ]; then
    "$python" -m pip install -q --no-index --no-deps --no-compile --target "$scratch/site" \
        "$WHEELS"/*.whl || { echo "error: the wheels in $WHEELS can't be installed" >&2; exit 1; }
    export PYTHONPATH="$scratch/site${PYTHONPATH:+:$PYTHONPATH}"
fi
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
# Where PyTorch lies without its bytecode, each of some hundred processes would compile it anew.
if ! "$python" -c "
import importlib.util as u, os, sys
sys.exit(not os.path.exists(u.cache_from_source(u.find_spec('torch').origin)))"; then
    unset PYTHONDONTWRITEBYTECODE
    export PYTHONPYCACHEPREFIX=$scratch/bytecode
fi

failed=()
began=$SECONDS
step() {
    local name=$1 started=$SECONDS
    shift
    [[ $name = build || $steps = *" ${name%-*} "* ]] || return 0
    echo "== $name"
    if "$@" 2>&1 | tee "$results/$name.log"; then
        echo "== $name: ok, $((SECONDS - started)) s"
    else
        echo "== $name: FAILED, $((SECONDS - started)) s"
        failed+=("$name")
    fi
}
benchcore="$python -m benchcore"
run="$benchcore --headless --device cuda --networks resnet50"
tests="$python -m pytest -q -m gpu -p no:cacheprovider --durations=12"

# Beside the compiler, so that the tests' workers find their bytecode.
"$python" -c "import torch._inductor.compile_fx, torchvision" &
step build env DLIB_NET_CUDA=1 "$python" setup.py --quiet build_ext --inplace
wait
[ ${#failed[@]} -eq 0 ] || exit 1
# Those that fill the device's memory or add up its time run alone.
alone="tests/gpu/test_device_memory.py tests/gpu/test_kernels_gpu.py"
step tests $tests -n 12 --dist worksteal ${alone//tests/--ignore tests} \
    tests/tui/test_on_a_gpu.py tests/gpu
step tests-alone $tests $alone
step verify $benchcore verify --device cuda
step ceilings $benchcore info --ceilings --device cuda
step overhead "$python" benchmarks/overhead.py --device cuda:0 --seconds 4 \
    --output "$results/overhead.json"
step selftest $benchcore selftest --device cuda --output "$results/selftest.json"
# 6 is the status of a run in which a contender ran out of memory.
step oom "$python" scripts/full_device.py --leave-mib 6144 --expect 6 $run --allow-busy \
    --profile quick --modes infer --batch-sizes 128 --output "$results/oom.json"
step profile $benchcore profile --device cuda --network resnet50 --mode infer --batch 1,8,32,128 \
    --output "$results/profile-infer.json"
step profile-train $benchcore profile --device cuda --network resnet50 --mode train --batch 2,32 \
    --output "$results/profile-train.json"
step endurance "$python" -m benchmarks.endurance --device cuda:0 --json "$results/endurance.json"
step sanitizer env PYTHON="$python" scripts/compute_sanitizer.sh
step bench $run --profile quick --batch-sizes 1,8,32,128 --train-batch-sizes 1,8,32,128 \
    --output "$results/bench.json"
step sweep $benchcore --headless --device cuda --networks resnet50,resnet50-dlib --profile default \
    --modes infer --batch-sizes 64 --output "$results/sweep.json"

if [ ${#failed[@]} -ne 0 ]; then
    echo "failed after $((SECONDS - began)) s: ${failed[*]}"
    exit 1
fi
echo "all steps passed in $((SECONDS - began)) s; documents and logs are in $results"
