#!/usr/bin/env bash
# One forward pass and one training step of dlib on a GPU under NVIDIA's compute-sanitizer.
#
#   scripts/compute_sanitizer.sh [memcheck | racecheck]      both, one after the other, unless named
#
# memcheck looks at every kernel, those of cuDNN and cuBLAS too; racecheck, which looks at shared
# memory only and takes minutes a kernel, at dlib's own. Either ends the script at an error.
# compute-sanitizer is taken from COMPUTE_SANITIZER, the PATH or /usr/local/cuda; PYTHON names
# another Python than the environment's.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
tool=${COMPUTE_SANITIZER:-$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)}
if [ ! -x "$tool" ]; then
    echo "error: compute-sanitizer was not found; install the CUDA toolkit, or name it in" \
        "COMPUTE_SANITIZER" >&2
    exit 2
fi
program='
import numpy as np
import dlib_net
x = np.random.default_rng(0).standard_normal((2, 3, 64, 64), dtype=np.float32)
for network in ("resnet50", "resnet50-dlib"):
    logits = dlib_net.ResNet50(network, "infer", "cuda").forward(x).numpy()
    loss = dlib_net.ResNet50(network, "train", "cuda").train_step(x, [1, 2], lr=0.01)
    assert np.isfinite(logits).all() and np.isfinite(loss)
    print(network, "logits and loss are finite", flush=True)
'
check() {
    echo "== $*"
    "$tool" --error-exitcode 9 --print-limit 20 "$@" "$python" -c "$program"
}
case ${1:-both} in
    memcheck | both) check --tool memcheck ;;&
    racecheck | both) check --tool racecheck --kernel-regex kns=dlib ;;&
    memcheck | racecheck | both) ;;
    *) echo "error: '$1' is none of memcheck and racecheck" >&2 && exit 2 ;;
esac
