"""Deep Learning Assignment 1 (2023): a multi-layer perceptron by hand."""

from __future__ import annotations

from glassgrad.course.exercise import Document

DOCUMENT = Document(
    place=5,
    id="mlp",
    title="A multi-layer perceptron by hand",
    origin="Deep Learning, Assignment 1, 2023",
    about="A report handed in by a student.",
)
