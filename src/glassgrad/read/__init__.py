"""Readers of a recorded graph: equations, drawings, source code, SymPy, execution plans.

An op is described once, at the op; everything else that one wants from a graph is a reader in here, and
none of them knows an op by its name.  Read next: `formula.py`, then `equations.py`.
"""
