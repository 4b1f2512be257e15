#!/usr/bin/env bash
# Everything that only a machine with a GPU can show:
#   tests: the GPU tests                     verify: benchcore verify on the GPU
#   bench: quick cells of the main job       selftest: the instrument measures what is known
#   overhead: what Python costs
#
#   scripts/gpu_check.sh [RESULTS [STEP...]]     RESULTS: a folder for documents and logs
#                                                (results/gpu); without STEP all of them
#
# The backends are built first. Each step takes 2 to 9 minutes on an H100.
# Works offline: DLIB_SOURCE names dlib's source archive, PYTHON a Python that has PyTorch with CUDA,
# WHEELS (optional) a folder with wheels of what that Python lacks.
set -u -o pipefail
cd "$(dirname "$0")/.."
results=${1:-results/gpu}
[ $# -gt 0 ] && shift
steps=" ${*:-tests verify bench selftest overhead} "
python=${PYTHON:-python3}
mkdir -p "$results"

if [ -n "${WHEELS:-}" ]; then
    site=$(mktemp -d)
    trap 'rm -rf "$site"' EXIT
    "$python" -m pip install -q --no-index --no-deps --no-compile --target "$site" "$WHEELS"/*.whl ||
        { echo "error: the wheels in $WHEELS can't be installed" >&2; exit 1; }
    export PYTHONPATH="$site${PYTHONPATH:+:$PYTHONPATH}"
fi
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"

failed=()
step() {
    local name=$1 started=$SECONDS
    shift
    [[ $name = build || $steps = *" $name "* ]] || return 0
    echo "== $name"
    if "$@" 2>&1 | tee "$results/$name.log"; then
        echo "== $name: ok, $((SECONDS - started)) s"
    else
        echo "== $name: FAILED, $((SECONDS - started)) s"
        failed+=("$name")
    fi
}

step build env DLIB_NET_CUDA=1 "$python" setup.py --quiet build_ext --inplace
[ ${#failed[@]} -eq 0 ] || exit 1
step tests "$python" -m pytest -q -m gpu tests/gpu -p no:cacheprovider
step verify "$python" -m benchcore verify --device cuda
step bench "$python" -m benchcore --headless --device cuda --profile quick \
    --networks resnet50 --batch-sizes 1,8,32,128 --train-batch-sizes 1,8,32,128 \
    --output "$results/bench.json"
step selftest "$python" -m benchcore selftest --device cuda
step overhead "$python" benchmarks/overhead.py --device cuda:0 --seconds 20 \
    --output "$results/overhead.json"

if [ ${#failed[@]} -ne 0 ]; then
    echo "failed: ${failed[*]}"
    exit 1
fi
echo "all steps passed; documents and logs are in $results"
