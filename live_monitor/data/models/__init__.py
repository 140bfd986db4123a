"""Frozen values that every layer shares, and the documented dict shapes."""
