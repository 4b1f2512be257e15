import numpy as np
import pytest
import torch

from benchcore import networks
from benchcore.architecture import (
    NETWORKS,
    SMALLEST_INFERENCE_SIDE_PX,
    is_decayed,
    map_sides,
    num_parameters,
    smallest_side_px,
    state_shapes,
)

PARAMETERS = {"resnet50": 25_557_032, "resnet50-dlib": 22_803_176}


@pytest.fixture(scope="module", params=NETWORKS)
def named(request):
    return request.param, networks.build(request.param).eval()


def test_parameter_counts_are_exact(named):
    name, network = named
    assert sum(p.numel() for p in network.parameters()) == PARAMETERS[name]
    assert num_parameters(name) == PARAMETERS[name]


def test_the_table_of_shapes_is_the_state_dict(named):
    name, network = named
    assert {k: tuple(v.shape) for k, v in network.state_dict().items()} == state_shapes(name)


def test_only_torchvisions_network_projects(named):
    name, network = named
    projections = [key for key in network.state_dict() if "downsample" in key]
    assert bool(projections) == (name == "resnet50")


def _measured_sides(network, height, width):
    sides = []
    stages = ["bn1", "layer1", "layer2", "layer3", "layer4"]
    hooks = [
        getattr(network, stage).register_forward_hook(
            lambda module, inputs, output: sides.append(tuple(output.shape[2:]))
        )
        for stage in stages
    ]
    with torch.inference_mode():
        logits = network(torch.zeros(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return sides, tuple(logits.shape)


@pytest.mark.parametrize(("height", "width"), [(224, 224), (97, 131), (71, 96)])
def test_map_sides_at_every_stage(named, height, width):
    name, network = named
    sides, logits = _measured_sides(network, height, width)
    expected = list(zip(map_sides(name, height), map_sides(name, width), strict=True))
    # The pooled map of the stem is the input of layer1, which keeps its size.
    assert sides == [expected[0], *expected[2:]]
    assert expected[1] == expected[2]
    assert logits == (1, 1000)


def test_the_seeds_sizes_at_224():
    assert map_sides("resnet50-dlib", 224) == (109, 54, 54, 27, 13, 6)
    assert map_sides("resnet50", 224) == (112, 56, 56, 28, 14, 7)


def test_smallest_inference_size_is_exact(named):
    name, network = named
    least = SMALLEST_INFERENCE_SIDE_PX[name]
    assert _measured_sides(network, least, least)[1] == (1, 1000)
    if least > 1:
        with pytest.raises(RuntimeError):
            _measured_sides(network, least - 1, least - 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_smallest_training_size_leaves_a_map_of_two(name):
    least = smallest_side_px(name, "train")
    assert map_sides(name, least)[-1] == 2
    assert map_sides(name, least - 1)[-1] < 2


def test_addition_fills_with_zeros_at_the_end():
    a = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    b = torch.tensor([[[[10.0, 20.0, 30.0]], [[5.0, 6.0, 7.0]]]])
    expected = torch.tensor([[[[11.0, 22.0, 30.0], [3.0, 4.0, 0.0]], [[5.0, 6.0, 7.0], [0, 0, 0]]]])
    assert torch.equal(networks.add_zero_filled(a, b), expected)
    assert torch.equal(networks.add_zero_filled(b, a), expected)


def test_running_statistics_follow_dlibs_rule():
    layer = networks.DlibBatchNorm2d(1)
    generator = np.random.default_rng(0)
    mean, variance = 0.0, 1.0
    for n in range(105):
        batch = generator.normal(n, 2, (3, 1, 2, 2)).astype(np.float32)
        layer(torch.from_numpy(batch))
        factor = 1 / (min(n, 100) + 1)
        mean += factor * (float(batch.mean()) - mean)
        variance += factor * (float(batch.var(ddof=1)) - variance)
    assert layer.running_mean.item() == pytest.approx(mean, rel=1e-4)
    assert layer.running_var.item() == pytest.approx(variance, rel=1e-4)
    assert layer.num_batches_tracked.item() == 105


def test_loading_sets_the_counter_of_batches():
    layer = networks.DlibBatchNorm2d(2)
    state = {**layer.state_dict(), "num_batches_tracked": torch.tensor(3)}
    layer.load_state_dict(state)
    layer(torch.randn(4, 2, 3, 3))
    assert layer.momentum == 1 / 4
    layer.eval()
    layer(torch.randn(4, 2, 3, 3))
    assert layer.num_batches_tracked.item() == 4


def test_decay_is_for_weights_of_convolutions_and_the_classifier():
    decayed = [n for n, shape in state_shapes("resnet50-dlib").items() if is_decayed(n, shape)]
    assert len(decayed) == 49 + 1
    assert "conv1.weight" in decayed
    assert "fc.weight" in decayed
    assert not [name for name in decayed if "bn" in name or name.endswith(".bias")]


def test_an_unknown_network_is_named():
    with pytest.raises(ValueError, match="resnet18"):
        networks.build("resnet18")
