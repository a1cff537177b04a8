"""The recorded computation: values, memory and calls of a step, and the step that replays it.

Read in this order: `values.py`, `memory.py`, `fuse.py`, `calls.py`, `plan.py`, `update.py`, `step.py`.
"""
