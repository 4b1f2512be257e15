"""State dicts and weights files."""

from __future__ import annotations

import pickle

import dlib_net
import numpy as np
import pytest
import torch
from benchcore import networks
from safetensors.numpy import save_file

COUNTS = {"resnet50": 25_557_032, "resnet50-dlib": 22_803_176}


@pytest.fixture(scope="module")
def net():
    return dlib_net.ResNet50()


@pytest.mark.parametrize("mode", ["infer", "train"])
@pytest.mark.parametrize("fused", [False, True])
def test_what_is_loaded_is_read_back_exactly(network, mode, fused, drawn):
    if fused and mode == "train":
        with pytest.raises(dlib_net.DlibError, match="inference only"):
            dlib_net.ResNet50(network, mode, fused=True)
        return
    net = dlib_net.ResNet50(network, mode, fused=fused)
    net.load_state_dict(drawn(network))
    state = net.state_dict()
    assert list(state) == list(networks.build(network).state_dict())
    for name, value in drawn(network).items():
        assert state[name].dtype == value.dtype
        assert np.array_equal(state[name], value), name
    assert net.num_parameters == COUNTS[network]


def test_torch_accepts_the_state_strictly(network):
    state = dlib_net.ResNet50(network, "train").state_dict()
    module = networks.build(network)
    module.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()}, strict=True)


def change(state, name, value):
    return {**state, name: value}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda s: {k: v for k, v in s.items() if k != "fc.bias"}, "missing: fc.bias"),
        (lambda s: change(s, "fc.extra", s["fc.bias"]), "not in the network: fc.extra"),
        (lambda s: change(s, "fc.bias", s["fc.bias"][:10]), r"fc.bias has shape \(10,\)"),
        (lambda s: change(s, "fc.bias", s["fc.bias"].astype(int)), "dtype int64"),
        (lambda s: change(s, "bn1.running_var", -s["bn1.running_var"]), "negative"),
        (lambda s: change(s, "bn1.num_batches_tracked", -1), "num_batches_tracked"),
        (lambda s: [1, 2], "mapping"),
        (lambda s: change(s, "fc.bias", "nonsense"), "fc.bias"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_nothing_changes(net, drawn, edit, words):
    net.load_state_dict(drawn("resnet50"))
    with pytest.raises(dlib_net.StateError, match=words):
        net.load_state_dict(edit(drawn("resnet50")))
    assert np.array_equal(net.state_dict()["conv1.weight"], drawn("resnet50")["conv1.weight"])


def test_batch_counters_may_be_missing(net, drawn):
    net.load_state_dict(
        {k: v for k, v in drawn("resnet50").items() if not k.endswith("num_batches_tracked")}
    )
    assert net.state_dict()["bn1.num_batches_tracked"] == 0


def test_weights_files(net, drawn, tmp_path):
    state = drawn("resnet50")
    save_file({k: np.array(v) for k, v in state.items()}, tmp_path / "w.safetensors")
    torch.save({k: torch.from_numpy(np.array(v)) for k, v in state.items()}, tmp_path / "w.pth")
    for name in ("w.safetensors", "w.pth"):
        net.load_state_dict(dlib_net.ResNet50(seed=9).state_dict())
        net.load_weights(tmp_path / name)
        assert np.array_equal(net.state_dict()["fc.weight"], state["fc.weight"])


class Harmful:
    def __reduce__(self):
        return (open, ("harm", "w"))


def test_broken_and_harmful_files_are_refused(net, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "harmful.pth").write_bytes(pickle.dumps(Harmful()))
    torch.save(Harmful(), tmp_path / "harmful2.pth")
    (tmp_path / "short.safetensors").write_bytes(b"\xff" * 20)
    (tmp_path / "short.pth").write_bytes(b"PK\x03\x04")
    (tmp_path / "other.txt").write_text("x")
    torch.save([1, 2], tmp_path / "list.pth")
    for name in ("harmful.pth", "harmful2.pth", "short.safetensors", "short.pth", "other.txt",
                 "list.pth", "absent.pth"):  # fmt: skip
        with pytest.raises(dlib_net.StateError, match=name):
            net.load_weights(tmp_path / name)
    assert not (tmp_path / "harm").exists()
