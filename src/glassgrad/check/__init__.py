"""Is it right?  Gradients, backward passes, formulas, tables and separability, each with its reasons."""

from glassgrad.check.backward.backward import backward as backward
from glassgrad.check.formula.formula import formula as formula
from glassgrad.check.gradient.gradient import gradient as gradient
from glassgrad.check.separable.separable import separable as separable
from glassgrad.check.table.table import table as table
