"""Notation: a formula as a small tree, its three printers, the signs, and the names of things in it.

Read in this order: `formula.py`, `symbols.py`, `latex_parser.py`, `fill.py`, `names.py`, then a printer.
"""
