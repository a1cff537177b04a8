"""FMAN45 Assignment 3: layers, backpropagation, and two convolutional networks."""

from __future__ import annotations

from glassgrad.course.exercise import Document

DOCUMENT = Document(
    place=3,
    id="layers",
    title="Layers and convolutional networks",
    origin="FMAN45 Machine Learning, Assignment 3, May 2022",
    about="A report handed in by a student.",
)
