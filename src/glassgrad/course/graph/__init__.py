"""600.482/682 Homework 2: computation graphs and linear classifiers."""

from __future__ import annotations

from glassgrad.course.exercise import Document

DOCUMENT = Document(
    place=2,
    id="graph",
    title="Computation graphs and linear classifiers",
    origin="600.482/682 Deep Learning, Homework 2, Fall 2019",
    about="A solution handed in by a student; its data for problems 2 and 3 are not public.",
)
