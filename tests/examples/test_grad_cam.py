"""examples/grad_cam.py against a Grad-CAM that PyTorch computes, and what it says to bad input."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import save_file

import dlib_net

PROGRAM = Path(__file__).parents[2] / "examples" / "grad_cam.py"
CLASS = 417


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grad_cam", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def one_torch_thread():
    """dlib's BLAS and PyTorch, each with all cores, would wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "picture.png"
    pixels = np.random.default_rng(5).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((240, 180), Image.Resampling.BICUBIC).save(path)
    return path


def torch_cam(module: torch.nn.Module, x: np.ndarray, layer: str, *, masked: bool) -> np.ndarray:
    """Grad-CAM by hooks, with the gradient after the block's ReLU or, if masked, before it."""
    kept = {}

    def keep(_module, _args, output):
        kept["activation"] = output.detach().clone()
        output.register_hook(lambda gradient: kept.__setitem__("gradient", gradient.clone()))

    module.get_submodule(layer).register_forward_hook(keep)
    module(torch.from_numpy(x))[0, CLASS].backward()
    gradient = kept["gradient"]
    if masked:
        gradient = gradient * (kept["activation"] > 0)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    return torch.relu((weights * kept["activation"]).sum(1))[0].numpy()


@pytest.mark.parametrize(("layer", "masked"), [("layer4.2", False), ("layer3.5", True)])
def test_the_map_is_pytorchs(network, layer, masked, program, picture, drawn, twin):
    x = program.to_input(program.read_picture(picture), program.USUAL[network])
    with dlib_net.ResNet50(network) as net:
        net.load_state_dict(drawn(network))
        found = program.grad_cam(net, x, CLASS, layer)
        values = np.array(net.to_tensor(x))
    expected = torch_cam(twin(network), values, layer, masked=masked)
    assert found.shape == expected.shape
    assert expected.max() > 0
    # A ReLU's input next to zero falls on either side of it, as the processor rounds.
    assert np.abs(found - expected).max() < 5e-3 * expected.max()


def test_each_network_gets_its_own_normalisation(program, picture):
    image = program.read_picture(picture)
    for_torchvision = program.to_input(image, "torchvision")
    assert for_torchvision.shape == (1, 3, 224, 299)
    pixels = program.to_input(image, "dlib")
    assert (pixels.dtype, pixels.shape) == (np.uint8, (224, 299, 3))
    green = (pixels[:, :, 1] / 255 - 0.456) / 0.224
    assert np.allclose(for_torchvision[0, 1], green, atol=1e-6)


def test_the_program_draws_over_an_image(network, picture, tmp_path, drawn):
    weights, output = tmp_path / "w.safetensors", tmp_path / "map.png"
    save_file(drawn(network), weights)
    done = subprocess.run(
        [sys.executable, PROGRAM, picture, "--network", network, "--weights", weights,
         "--class", str(CLASS), "--output", output],
        capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # more would wait where cores are taken
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"class {CLASS}, layer4.2" in done.stdout
    with Image.open(output) as drawn_map:
        assert (drawn_map.format, drawn_map.mode, drawn_map.size) == ("PNG", "RGB", (240, 180))
        colours = np.asarray(drawn_map, np.int16)
    warmth = colours[:, :, 0] - colours[:, :, 2]
    assert warmth.max() > 60
    assert warmth.min() < 0


def test_without_image_and_weights_it_says_what_the_map_is_worth(program, tmp_path, capsys):
    output = tmp_path / "map.png"
    assert program.main(["--output", str(output)]) == 0
    said = capsys.readouterr()
    assert "shows only the mechanics" in said.err
    assert said.out.startswith(str(output))
    with Image.open(output) as drawn_map:
        assert drawn_map.size == program.draw_picture().size


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{folder}/none.png"], "there is no file {folder}/none.png"),
        (["{folder}"], "can't be read as an image"),
        (["{folder}/words.png"], "words.png can't be read as an image"),
        (["{folder}/cut.png"], "cut.png can't be read as an image"),
        (["{folder}/long.png"], "the picture is 50x10"),
        (["{image}", "--layer", "layer9"], "invalid choice: 'layer9'"),
        (["{image}", "--class", "1000"], "from 0 to 999"),
        (["{image}", "--class", "-1"], "from 0 to 999"),
        (["{image}", "--class", "cat"], "invalid int value: 'cat'"),
        (["{image}", "--output", "{folder}/none/map.png"], "{folder}/none for --output"),
        (["{image}", "--output", "{folder}"], "Is a directory"),
        (["{image}", "--weights", "{folder}/none.pth"], "none.pth does not exist"),
        (["{image}", "--weights", "{folder}/words.png"], "give .safetensors or .pth"),
        (["{image}", "--weights", "{folder}/other.safetensors"], "does not fit the network"),
        (["{image}", "--weights", "{folder}/nan.safetensors"], "NaN"),
        (["{image}", "--device", "abacus"], "abacus"),
        (["{image}", "--network", "resnet18"], "invalid choice: 'resnet18'"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_input_ends_in_one_sentence(
    arguments, words, program, picture, tmp_path, drawn, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # where the default --output would go
    (tmp_path / "words.png").write_text("no image")
    (tmp_path / "cut.png").write_bytes(picture.read_bytes()[:2000])
    Image.new("RGB", (50, 10)).save(tmp_path / "long.png")
    if "{folder}/other.safetensors" in arguments:
        save_file({"fc.bias": np.zeros(3, np.float32)}, tmp_path / "other.safetensors")
    if "{folder}/nan.safetensors" in arguments:
        nan = np.full((1000, 2048), np.nan, np.float32)
        save_file({**drawn("resnet50"), "fc.weight": nan}, tmp_path / "nan.safetensors")
    filled = [text.format(folder=tmp_path, image=picture) for text in arguments]
    assert program.main(filled) == 2
    said = capsys.readouterr()
    assert said.out == ""
    *_, sentence = said.err.splitlines()
    assert words.format(folder=tmp_path) in sentence
    assert len(said.err.splitlines()) <= 1 + ("mechanics" in said.err)
    assert "Traceback" not in said.err
