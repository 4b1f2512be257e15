"""Measures how dlib and PyTorch compare on ResNet-50, in time and in memory, on this machine.

The package is free of any user interface: `benchcore.runner` yields typed events, and the command
line, the terminal interface and the reports are consumers of them. Importing it loads neither
PyTorch nor dlib; only the worker processes do.
"""

__version__ = "0.1.0"
