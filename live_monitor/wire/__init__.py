"""Frames and session files to values and back, without I/O of its own."""
