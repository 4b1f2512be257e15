"""Every fault that a run must withstand, and what comes of each."""

from file_rows import FILES
from parent_rows import PARENTS
from stream_rows import STREAMS
from worker_rows import WORKERS

FAULTS = (*WORKERS, *PARENTS, *STREAMS, *FILES)
