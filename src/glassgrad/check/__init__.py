"""Is it right?  Gradients, backward passes, formulas, tables and separability, each with its reasons."""

from glassgrad.check.backward import backward as backward
from glassgrad.check.formula import formula as formula
from glassgrad.check.gradient import gradient as gradient
from glassgrad.check.separable import separable as separable
from glassgrad.check.table import table as table
