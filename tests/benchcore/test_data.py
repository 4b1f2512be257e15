import numpy as np
import pytest
from PIL import Image

from benchcore import data
from benchcore.cell_summary import unprepared
from benchcore.channel import Stop, StoppedError
from benchcore.errors import UsageError
from benchcore.materials import Materials
from benchcore.plan import Request, make_plan


def _save(path, width, height, colour):
    Image.new("RGB", (width, height), colour).save(path)


def test_inputs_are_seeded_normal_and_distinct():
    inputs = data.random_inputs(3, 20, 30, seed=1)
    assert inputs.images.shape == (data.BUFFERS, 3, 3, 20, 30)
    assert inputs.images.dtype == np.float32
    assert abs(inputs.images.mean()) < 0.02
    assert abs(inputs.images.std() - 1) < 0.02
    assert inputs.labels.shape == (data.BUFFERS, 3)
    assert inputs.digest() == data.random_inputs(3, 20, 30, seed=1).digest()
    assert inputs.digest() != data.random_inputs(3, 20, 30, seed=2).digest()
    assert not np.array_equal(inputs.images[0], inputs.images[1])


def test_dlibs_normalisation():
    pixels = np.array([[[255, 0, 100]]], dtype=np.uint8)
    expected = [(255 - 122.782) / 256, (0 - 117.001) / 256, (100 - 104.298) / 256]
    assert data.prepare(pixels).shape == (3, 1, 1)
    assert data.prepare(pixels).ravel() == pytest.approx(expected, rel=1e-6)


def test_real_files_fill_the_buffers_in_order_and_again(tmp_path):
    _save(tmp_path / "b.png", 50, 40, (0, 0, 255))
    _save(tmp_path / "a.jpg", 30, 90, (255, 0, 0))
    (tmp_path / "notes.txt").write_text("no image")
    folder = data.ImageFolder(tmp_path, 16, 24)
    inputs = folder.inputs(batch=3, seed=0, buffers=2)
    assert inputs.images.shape == (2, 3, 3, 16, 24)
    red = inputs.images[:, :, 0].mean(axis=(2, 3)).ravel()
    assert (red[[0, 2, 4]] > 0).all()
    assert (red[[1, 3, 5]] < 0).all()
    assert "holds 2 images, fewer than the 6" in folder.note(3, buffers=2)
    assert folder.note(1, buffers=2) is None


def test_only_the_files_that_a_run_takes_are_read(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        _save(tmp_path / f"{name}.png", 9, 9, (0, 0, 0))
    (tmp_path / "d.png").write_bytes(b"no image")
    monkeypatch.setattr(data, "KEPT_MIB", 2 * 3 * 8 * 8 * 4 / 2**20)
    folder = data.ImageFolder(tmp_path, 8, 8)
    folder.check(1, buffers=3)
    assert len(folder._prepared) == 2
    assert folder.inputs(1, 0, buffers=3).images.shape == (3, 1, 3, 8, 8)
    with pytest.raises(UsageError, match=r"d\.png can't be read"):
        folder.check(1, buffers=4)


def test_a_stop_is_heard_between_files(tmp_path):
    for name in ("a", "b"):
        _save(tmp_path / f"{name}.png", 9, 9, (0, 0, 0))
    (tmp_path / "c.png").write_bytes(b"no image")
    plan = make_plan(
        Request(images=str(tmp_path), batch_sizes=[1], modes=["infer"], image_size="64"),
        device="cpu",
        contenders=("dlib", "torch"),
    )
    stop = Stop()
    with pytest.raises(UsageError, match=r"c\.png can't be read"):
        Materials(plan, tmp_path, stop)
    stop.ask()
    materials = Materials(plan, tmp_path, stop)
    with pytest.raises(StoppedError):
        materials.cell(plan.cells()[0])


def test_an_image_that_breaks_while_a_run_goes_on_costs_its_cell():
    (spec, *_) = make_plan(Request(), device="cpu", contenders=("dlib", "torch")).cells()
    error = UsageError("--images: a.png can't be read as an image: it is cut.")
    cell = unprepared(spec, ["dlib"], error)
    assert cell.contenders["dlib"].status == "crashed"
    assert cell.contenders["dlib"].reason.endswith("a.png can't be read as an image: it is cut.")


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16"])
def test_any_mode_becomes_rgb(tmp_path, mode):
    suffix = "jpg" if mode == "CMYK" else "png"
    Image.new(mode, (9, 9)).save(tmp_path / f"x.{suffix}")
    assert data.ImageFolder(tmp_path, 8, 8).inputs(1, 0, 1).images.shape == (1, 1, 3, 8, 8)


def test_folders_that_will_not_do(tmp_path):
    with pytest.raises(UsageError, match="no directory"):
        data.ImageFolder(tmp_path / "absent", 8, 8)
    with pytest.raises(UsageError, match=r"no \.jpg"):
        data.ImageFolder(tmp_path, 8, 8)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff but no more")
    with pytest.raises(UsageError, match=r"broken\.jpg can't be read"):
        data.ImageFolder(tmp_path, 8, 8).check(1)
