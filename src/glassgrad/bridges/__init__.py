"""Bridges to other ways of doing it: programs and files that were not written for glassgrad.

Read next: `edf.py`.
"""
