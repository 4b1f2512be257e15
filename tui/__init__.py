"""The benchmark's screens: choose, watch, read, compare, export. They measure nothing themselves.

A run is a process of its own (`benchcore --headless --jsonl`); the screens read its events.
"""
