"""Readers of a recorded graph: equations, the backward pass, source code, Python, SymPy."""
