"""`python -m benchcore` is the command `benchcore`; a Ctrl-C in its imports is no traceback."""

import sys

INTERRUPTED = 130
"""As in `status`, which would be another import."""


def main() -> int:
    """Run the command line and return its exit status."""
    try:
        from benchcore.cli import main as command_line

        return command_line()
    except KeyboardInterrupt:
        print("benchcore: interrupted.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
