"""The figures of the course: they show what they are given, and refuse what they cannot show."""

import numpy as np
import pytest

from glassgrad import figures
from glassgrad.errors import ShapeError

RNG = np.random.default_rng(0)


def test_lines_with_repetitions_are_their_mean_with_a_band():
    rows = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])
    ax = figures.lines([1, 2, 3], {"a": rows, "b": [1.0, 1.0, 1.0]})
    assert ax.lines[0].get_ydata().tolist() == [2.0, 3.0, 4.0]
    assert len(ax.collections) == 1
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a", "b"]


def test_lines_of_errors_have_no_band_below_zero():
    ax = figures.lines([1, 2], {"a": [[0.0, 0.0], [9.0, 9.0]]})
    assert ax.collections[0].get_paths()[0].vertices[:, 1].min() >= 0


def test_lines_of_another_length():
    with pytest.raises(ShapeError, match="a: expected 3 points"):
        figures.lines([1, 2, 3], {"a": [1.0, 2.0]})


def test_a_logarithmic_axis_has_plain_numbers():
    ax = figures.lines([1, 2], {"a": [0.5, 3.0]}, log_y=True)
    figures.render(ax)
    texts = [t.get_text() for t in ax.yaxis.get_ticklabels(which="both")]
    assert any(texts)
    assert not any("^" in t for t in texts)


def test_a_decision_map_has_its_boundary_where_the_score_is_zero():
    points = RNG.uniform(-1, 1, (20, 2))
    ax = figures.decision_map(lambda p: p[:, 0] - 0.25, points, (points[:, 0] > 0.25).astype(int))
    (line,) = [c for c in ax.collections if hasattr(c, "levels")]
    along = np.concatenate([path.vertices for path in line.get_paths()])
    assert np.allclose(along[:, 0], 0.25, atol=1e-6)


def test_a_decision_map_of_three_classes():
    points = RNG.uniform(-1, 1, (30, 2))
    centres = np.array([[1.0, 0.0], [-0.5, 0.8], [-0.5, -0.8]])
    ax = figures.decision_map(lambda p: p @ centres.T, points, (points @ centres.T).argmax(1))
    assert figures.render(ax, "svg")
    with pytest.raises(ShapeError, match=r"points \(N, 2\), got \(30, 3\)"):
        figures.decision_map(None, np.zeros((30, 3)), np.zeros(30))


def test_tiles_share_one_scale():
    fig = figures.tiles(np.stack([np.zeros((4, 4)), np.ones((4, 4))]), ["a", "b"], signed=True)
    limits = {ax.images[0].get_clim() for ax in fig.axes if ax.images}
    assert limits == {(-1.0, 1.0)}
    with pytest.raises(ShapeError, match="N titles"):
        figures.tiles(np.zeros((2, 4, 4)), ["a"])


def test_function_histograms_projection_and_hulls_can_be_drawn():
    x = np.linspace(-1, 1, 50)
    assert figures.render(figures.function_and_derivative(x, x**2, 2 * x, 2 * x))
    assert figures.render(figures.histograms({"w": RNG.normal(size=50), "v": [0.0, 1.0]}))
    columns, y = np.array([[1.0, 0.2], [0.3, 1.0], [0.2, 0.4]]), np.array([0.7, 0.6, 1.3])
    foot = columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    assert figures.render(figures.projection(columns, y, foot))
    with pytest.raises(ShapeError, match=r"columns \(3, 2\)"):
        figures.projection(np.zeros((4, 2)), y, foot)
    clouds = RNG.normal(size=(10, 2)), RNG.normal(size=(10, 2)) + 5
    ax = figures.hulls(*clouds, line=(np.array([1.0, 1.0]), -5.0), common=[1.0, 1.0])
    assert figures.render(ax)
