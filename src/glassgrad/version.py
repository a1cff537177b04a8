"""The version: one place, which the package, its runs and its build read."""

__version__ = "0.1.0"
