"""What the runner writes for its workers comes back, and a full disk is an error that says so."""

import errno
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from benchcore import arrays, weights

ARRAY = st_numpy.arrays(
    st.sampled_from([np.float32, np.int64]), st_numpy.array_shapes(min_dims=0, min_side=0)
)


@given(st.dictionaries(st.text(max_size=5), ARRAY, max_size=4))
def test_named_arrays_come_back(tmp_path_factory, named):
    path = tmp_path_factory.mktemp("arrays") / "w"
    arrays.write_named(named, path)
    read = arrays.read_named(path)
    assert list(read) == list(named)
    for name, array in named.items():
        assert (read[name].dtype, read[name].shape) == (array.dtype, array.shape)
        assert read[name].tobytes() == array.tobytes()


def test_one_array_is_a_file_of_numpy_s_however_it_lies_in_memory(tmp_path):
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1)
    arrays.write(array, tmp_path / "a.npy")
    assert np.array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), array)


def test_drawn_weights_keep_their_digest(tmp_path):
    drawn = weights.random_weights("resnet50", 1)
    arrays.write_named(drawn, tmp_path / "w")
    assert weights.digest(arrays.read_named(tmp_path / "w")) == weights.digest(drawn)


def test_a_full_disk_is_said_by_its_number():
    with pytest.raises(OSError, match="No space left") as raised:
        arrays.write(np.zeros(1 << 16), Path("/dev/full"))
    assert raised.value.errno == errno.ENOSPC
