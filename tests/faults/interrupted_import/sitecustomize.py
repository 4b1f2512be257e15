"""Ctrl-C, as soon as the command begins to import its own modules."""

import os
import signal
import sys


class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "benchcore.options":
            os.kill(os.getpid(), signal.SIGINT)


sys.meta_path.insert(0, _Finder())
