"""Benchmarks: `script/bench [NAME…]` prints rows of ours beside others, measured in one run.

Each module that `registry` names has one function `run(size)`, which yields rows. The tests only look that they run.
"""
