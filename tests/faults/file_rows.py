"""The document's or the temporary folder has no room, or can't be written; nor is there memory."""

from disturbances import (
    fill_output,
    forbidden_output,
    full_output,
    obey_permissions,
    protect_output,
    protected_output,
    small_output,
    small_temporary,
)
from fault import Fault

FULL_SOON_MIB = 230
"""Address space in which the command starts, but finds no room for a network's weights."""

FILES = (
    Fault(
        name="document's disk is full before the run",
        stage=full_output,
        status=2,
        document=None,
        says="--output: .* can't be written: No space left on device",
        leaves_files=True,
        quick=True,
    ),
    Fault(
        name="document's disk fills up",
        batches="1,2,3,4",
        stage=small_output,
        disturb=fill_output,
        options=(),
        status=2,
        document="running",
        says="can't be written: No space left on device.\n(.*\n)*.*the document is kept in ",
        rescued=True,
    ),
    Fault(
        name="document's disk turns read-only",
        batches="1,2,3,4",
        disturb=protect_output,
        status=2,
        document="running",
        says="can't be written: Read-only file system",
        prints="document",
        leaves_files=True,
    ),
    Fault(
        name="document's folder is read-only",
        stage=protected_output,
        status=2,
        document=None,
        says="--output: .* can't be written: Read-only file system",
        quick=True,
    ),
    Fault(
        name="document's folder is forbidden",
        stage=forbidden_output,
        before_exec=obey_permissions,
        status=2,
        document=None,
        says="--output: .* can't be written: Permission denied",
        quick=True,
    ),
    Fault(
        name="temporary folder's disk is full",
        stage=small_temporary,
        status=6,
        nothing_measured=True,
        reason="No space left on device",
    ),
    Fault(
        name="run under an address-space limit",
        prefix=f"export OPENBLAS_NUM_THREADS=2; ulimit -v $((1024 * {FULL_SOON_MIB}));",
        status=6,
        nothing_measured=True,
        reason="inputs of this cell can't be made",
    ),
)
