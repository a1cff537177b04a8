"""Figures: each is a function that takes the data and, if you have them, the axes or figure to draw on.

    from glassgrad import figures
    figures.save(figures.learning_curves(history), "curves.png")

matplotlib is imported when the first figure is drawn, not before.  Read next: `style.py`.
"""

from __future__ import annotations

from glassgrad.figures.confusion import confusion as confusion
from glassgrad.figures.decision import decision_map as decision_map
from glassgrad.figures.functions import function_and_derivative as function_and_derivative
from glassgrad.figures.graph import computation_graph as computation_graph
from glassgrad.figures.histograms import histograms as histograms
from glassgrad.figures.kernels import first_layer_kernels as first_layer_kernels
from glassgrad.figures.learning import learning_curve as learning_curve
from glassgrad.figures.learning import learning_curves as learning_curves
from glassgrad.figures.lines import lines as lines
from glassgrad.figures.mistakes import worst_mistakes as worst_mistakes
from glassgrad.figures.space import hulls as hulls
from glassgrad.figures.space import projection as projection
from glassgrad.figures.style import render as render
from glassgrad.figures.style import save as save
from glassgrad.figures.tiles import tiles as tiles
