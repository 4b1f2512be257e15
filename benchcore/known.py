"""What `benchcore selftest` knows beforehand, and its contenders make true."""

SLOWED_BY = 0.03
"""The share of its own duration by which each iteration of `selftest-slowed` is slowed."""

HOARDED_MIB = 256
"""What `selftest-hoarding` holds on the device."""
