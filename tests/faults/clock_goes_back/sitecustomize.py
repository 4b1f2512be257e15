"""The wall clock of every process goes back by an hour each time it is read."""

import datetime
import itertools
import time

STEP_S = 3600

_now_s = time.time
_steps = itertools.count(1)


def _stepped_s():
    return _now_s() - next(_steps) * STEP_S


class _Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_stepped_s(), tz)


time.time = _stepped_s
datetime.datetime = _Datetime
