"""What a user can do wrong, and what a contender can refuse: each in one sentence."""


class UsageError(Exception):
    """A wrong argument, file or value; the command line prints the sentence and exits with 2."""


class RefusedError(Exception):
    """A contender can't run here, or not in this cell; the sentence becomes the cell's reason."""


class InvalidRunError(Exception):
    """Nothing that could be measured now would count; the command line exits with 4."""
