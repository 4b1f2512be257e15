import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from benchcore import weights
from benchcore.errors import UsageError


@pytest.fixture(scope="module")
def drawn():
    return weights.random_weights("resnet50-dlib", 0)


def test_same_seed_same_digest_other_seed_another(drawn):
    again = weights.random_weights("resnet50-dlib", 0)
    other = weights.random_weights("resnet50-dlib", 1)
    assert weights.digest(drawn) == weights.digest(again) != weights.digest(other)


def test_digest_sees_names_and_single_bits(drawn):
    renamed = {("bn9" if k == "bn1.weight" else k): v for k, v in drawn.items()}
    changed = {**drawn, "fc.bias": drawn["fc.bias"].copy()}
    changed["fc.bias"][3] += np.float32(1e-6)
    assert len({weights.digest(w) for w in (drawn, renamed, changed)}) == 3


def test_nothing_is_left_at_its_initial_value(drawn):
    for name, value in drawn.items():
        if name.endswith("num_batches_tracked"):
            assert value == weights.BATCHES_TRACKED
        else:
            assert value.dtype == np.float32
            assert value.std() > 0
    assert 0.15 < drawn["layer1.0.bn3.weight"].mean() < 0.25
    assert drawn["bn1.running_var"].min() >= 0.5


def test_files_give_the_same_weights_back(drawn, tmp_path):
    save_file(drawn, tmp_path / "w.safetensors")
    tensors = {k: torch.from_numpy(np.array(v)) for k, v in drawn.items()}
    torch.save(tensors, tmp_path / "w.pth")
    for name in ("w.safetensors", "w.pth"):
        read = weights.read_weights(tmp_path / name, "resnet50-dlib")
        assert weights.digest(read) == weights.digest(drawn)


def test_missing_counters_are_zero(drawn, tmp_path):
    old = {k: v for k, v in drawn.items() if "tracked" not in k}
    save_file(old, tmp_path / "w.safetensors")
    read = weights.read_weights(tmp_path / "w.safetensors", "resnet50-dlib")
    assert read["bn1.num_batches_tracked"] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.pop("fc.bias"), "missing: fc.bias"),
        (lambda w: w.update(extra=np.zeros(1, np.float32)), "not in the network: extra"),
        (lambda w: w.update({"fc.bias": np.zeros(10, np.float32)}), r"shape \(10,\)"),
    ],
)
def test_weights_that_do_not_fit_are_refused(drawn, tmp_path, change, words):
    changed = dict(drawn)
    change(changed)
    save_file(changed, tmp_path / "w.safetensors")
    with pytest.raises(UsageError, match=words):
        weights.read_weights(tmp_path / "w.safetensors", "resnet50-dlib")


def test_files_that_are_no_weights_are_refused_in_one_line(tmp_path):
    class Evil:
        def __reduce__(self):
            return (print, ("executed",))

    torch.save({"x": Evil()}, tmp_path / "evil.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    for name in ("bad.safetensors", "bad.pth", "bad.txt"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
    (tmp_path / "empty.safetensors").write_bytes(b"")
    for path in [*tmp_path.iterdir(), tmp_path / "absent.pth"]:
        with pytest.raises(UsageError) as caught:
            weights.read_weights(path, "resnet50")
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
