"""Noting what a function does, and replaying its arithmetic: `gg.jit`, and the plans that it makes.

Read in this order: `jit.py`, `trace.py`, `slots.py`, `entrance.py`, `segment.py`, `place.py`, `specs.py`;
then how a plan is made: `link.py`, `plan.py`, `values.py`, `memory.py`, `fuse.py`, `calls.py`, `update.py`.
"""
