"""Choosing and running exercises: names, what is kept, what happens after a stop."""

import json

import numpy as np
import pytest
from PIL import Image

from glassgrad import course
from glassgrad.course import store
from glassgrad.errors import DataError, SettingError


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("graph/1b", ["graph/1b"]),
        ("graph/1", ["graph/1a", "graph/1b", "graph/1c"]),
        ("edf/2.1", ["edf/2.1a", "edf/2.1b", "edf/2.1c"]),
        ("flood/5", ["flood/5.1", "flood/5.2", "flood/5.3", "flood/5.4", "flood/5.5"]),
        (("mlp/7", "graph/2"), ["graph/2", "mlp/7"]),
    ],
)
def test_names_of_exercises(names, expected):
    assert [e.id for e in course.select(names)] == expected


def test_all_is_all():
    assert len(course.select("all")) == len(course.exercises())


@pytest.mark.parametrize(
    ("name", "suggested"), [("edf/2.3z", "edf/2.3"), ("grahp", "graph"), ("mlp/33", "mlp/3")]
)
def test_unknown_exercise_suggests_the_nearest(name, suggested):
    with pytest.raises(SettingError, match=f"did you mean.*{suggested}"):
        course.select(name)


def test_what_is_done_is_kept_and_what_was_lost_is_done_again(tmp_path):
    said = []

    def run():
        said.clear()
        return course.run(
            ("graph/1a", "mlp/1"), out=tmp_path, form="quick", seeds=1, say=said.append
        )

    first = run()
    assert run() == first
    assert said == ["1/2 graph/1a: kept", "2/2 mlp/1: kept"]
    path = store.path_of("mlp/1", tmp_path)
    path.write_text(path.read_text()[:100])  # half a file, as after a stop of another program
    again = run()
    assert said[0].endswith("kept")
    assert not said[1].endswith("kept")
    assert [r.claims for r in again] == [r.claims for r in first]


def test_another_form_or_number_of_seeds_is_run_again(tmp_path):
    course.run("edf/2.3b", out=tmp_path, form="quick", seeds=1)
    said = []
    (result,) = course.run("edf/2.3b", out=tmp_path, form="quick", seeds=2, say=said.append)
    assert not any(text.endswith("kept") for text in said)
    assert result.seeds == 2


def test_a_result_from_another_version_is_not_used(tmp_path):
    course.run("graph/1a", out=tmp_path, form="quick", seeds=1)
    path = store.path_of("graph/1a", tmp_path)
    fields = json.loads(path.read_text())
    fields["unknown"] = 1
    path.write_text(json.dumps(fields))
    assert store.load("graph/1a", tmp_path) is None


def test_one_run_at_a_time_in_a_folder(tmp_path):
    refused = []

    def second(text):
        with pytest.raises(SettingError, match="no other run of the course is using") as error:
            course.run("graph/1a", out=tmp_path, form="quick")
        refused.append(error.value)

    course.run("graph/1a", out=tmp_path, form="quick", say=second)
    assert refused
    course.run("graph/1a", out=tmp_path, form="quick")


def test_data_that_are_not_here_are_named_with_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("GLASSGRAD_OFFLINE", "1")
    monkeypatch.delenv("GLASSGRAD_DATA", raising=False)
    said = []
    (result,) = course.run("graph/4a", out=tmp_path, say=said.append)
    assert "since mnist is not here (glassgrad data get mnist)" in said[1]
    assert "glassgrad data get mnist" in result.claims[0].why


def test_other_handwriting_is_run_again(tmp_path):
    images = tmp_path / "digits"
    images.mkdir()
    for k in (1, 7):
        Image.fromarray(np.diag(np.full(20, 255, np.uint8))).save(images / f"{k}.png")
    said = []

    def run(folder):
        said.clear()
        return course.run(
            "graph/4c", out=tmp_path / "out", form="quick", seeds=1, digits=folder, say=said.append
        )

    run(images)
    run(images)
    assert said[0].endswith("kept")
    (images / "1.png").rename(images / "2.png")
    assert "Of 2 digits" in run(images)[0].parts[-1].text
    assert not said[0].endswith("kept")
    with pytest.raises(DataError, match="a folder of images, got"):
        run(tmp_path / "nowhere")


def test_no_seeds():
    with pytest.raises(SettingError, match="at least one seed, got 0"):
        course.run("graph/1a", seeds=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y,class\n1,2,a\n3,b\n", "line 3: expected 3 cells"),
        (
            "x,y,class\n1,2,a\n3,four,b\n",
            "line 3, column 'y': expected a finite number, got 'four'",
        ),
        ("x,y,class\n1,2,a\n3,4,a\n", "one class only, 'a'"),
        ("", "0 lines"),
        ("1,2,a\n3,4,b\n", "line 1: expected a heading with names"),
        (
            "x,y\n1.5,2\n3,4.5\n5,6\n7,8\n",
            "the last column has 4 different entries in 4 lines; expected a few",
        ),
    ],
)
def test_own_points_that_cannot_be_read(tmp_path, text, message):
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        course.run("graph/3a", out=tmp_path, form="quick", points=path)


def test_points_that_are_not_there(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv cannot be read"):
        course.run("graph/2", out=tmp_path, form="quick", points=tmp_path / "nowhere.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_own_points(tmp_path, delimiter):
    path = tmp_path / "mine.csv"
    text = "u,v,class\n" + "".join(f"{i},{(i * 7) % 5},{'ab'[i > 4]}\n" for i in range(10))
    path.write_text(text.replace(",", delimiter))
    (result,) = course.run("graph/2", out=tmp_path, form="quick", points=path)
    assert result.data == ("the course's points: the points in mine.csv",)
    assert any("separable: w·x + b" in part.text for part in result.parts)
