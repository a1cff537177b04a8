"""Laws over all figures: each draws where it is told, says what it shows, and comes out as a file."""

import inspect

import pytest
from drawings import REFUSALS, SAMPLES
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glassgrad import figures
from glassgrad.figures import style

KEPT_APART = {"render", "save"}  # they write figures
FIGURES = {
    name: f
    for name, f in inspect.getmembers(figures, inspect.isfunction)
    if name not in KEPT_APART and f.__module__.startswith("glassgrad.figures")
}
each = pytest.mark.parametrize("name", sorted(FIGURES))


def place(name):
    """Axes or a figure for this function to draw on, by the name of its argument."""
    if "ax" not in inspect.signature(FIGURES[name]).parameters:
        return {"fig": style.new_figure(6, 4)}
    projection = {"projection": "3d"} if name == "projection" else {}
    return {"ax": style.new_figure(6, 4).add_subplot(**projection)}


def test_every_figure_has_a_sample():
    assert sorted(SAMPLES) == sorted(FIGURES)


@each
def test_it_draws_where_it_is_told_and_returns_that(name):
    (on,) = (where := place(name)).values()
    assert SAMPLES[name](**where) is on
    axes = [on] if isinstance(on, Axes) else on.axes
    assert all(ax.has_data() for ax in axes)


@each
def test_it_says_what_it_shows(name):
    drawn = SAMPLES[name]()
    if isinstance(drawn, Figure):
        titled = [ax.get_title() or ax.get_title("left") for ax in drawn.axes]
        assert drawn.get_suptitle() or all(titled)
    elif drawn.axison or hasattr(drawn, "zaxis"):  # axes in space draw no frame
        assert drawn.get_xlabel()
        assert drawn.get_ylabel() or drawn.get_title("left")
    else:
        assert drawn.get_title("left")
    several = [line for line in getattr(drawn, "lines", []) if not line.get_label().startswith("_")]
    assert len(several) < 2 or drawn.get_legend()


@each
def test_it_comes_out_as_png_and_svg_the_same_each_time(name):
    for kind in ("png", "svg"):
        content = figures.render(SAMPLES[name](), kind, dpi=60)
        assert len(content) > 1000
        assert figures.render(SAMPLES[name](), kind, dpi=60) == content


@each
def test_it_is_documented(name):
    text = inspect.getdoc(FIGURES[name])
    assert text
    assert text.splitlines()[0].endswith(".")


@pytest.mark.parametrize(("call", "kind", "said"), REFUSALS)
def test_what_cannot_be_shown_is_refused(call, kind, said):
    with pytest.raises(kind, match=said):
        call()
