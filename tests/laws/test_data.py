"""What holds for every data set, found by the registry."""

import inspect
import os
import re
from importlib import import_module

import numpy as np
import pytest

from glassgrad import data
from glassgrad.data import registry
from glassgrad.data.files import File
from glassgrad.data.pointset import PointSet
from glassgrad.data.source import Stored
from glassgrad.errors import DataError, SettingError

SOURCES = dict(registry.sources())
STORED = {name: s for name, s in SOURCES.items() if isinstance(s, Stored)}
DRAWN = {name: s for name, s in SOURCES.items() if isinstance(s, PointSet)}
HERE = [
    pytest.param(name, marks=[] if s.built_in else pytest.mark.data) for name, s in STORED.items()
]


def documentation(name):
    """A point set's own docstring and its file's; a stored set's file's."""
    module = DRAWN[name].draw.__module__ if name in DRAWN else f"glassgrad.data.{name}"
    return (inspect.getdoc(DRAWN[name]) or "" if name in DRAWN else "") + import_module(
        module
    ).__doc__


def skip_unless_here(name):
    if not STORED[name].built_in and not os.environ.get("GLASSGRAD_DATA"):
        pytest.skip("GLASSGRAD_DATA is not set")
    if not all(STORED[name].found().values()):
        pytest.skip(f"{name} is not in GLASSGRAD_DATA")


@pytest.mark.parametrize("name", SOURCES)
def test_it_says_what_it_is(name):
    info = data.info(name)
    assert info.name == name
    assert info.title
    assert info.licence
    assert info.source
    assert info.status
    assert len(set(info.classes)) == len(info.classes) >= 2
    assert min(info.train, info.test, *info.shape) >= 1
    assert "Licence:" in documentation(name)
    assert "Source:" in documentation(name)


@pytest.mark.parametrize("name", STORED)
def test_digests_and_mirrors(name):
    source = STORED[name]
    files = [f for file in source.files for f in (file, file.stand_in) if isinstance(f, File)]
    for file in files:
        assert re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", file.digest)
        assert file.size > 0
    assert (source.built_in is None) != (source.remote is None)
    if source.remote:
        assert len(source.remote.mirrors) >= 2
        assert all(re.fullmatch(r"https://\S+/", mirror) for mirror in source.remote.mirrors)
        assert source.folders


@pytest.mark.parametrize("name", HERE)
def test_stored_sets_load_as_they_say(name):
    skip_unless_here(name)
    splits, info = data.load(name, download=False), data.info(name)
    for part, n in (splits.train, info.train), (splits.test, info.test):
        assert len(part) == n or splits.note
        assert part.shape == info.shape
        assert part.classes == info.classes
        assert part.x.dtype == np.float32
        assert part.x.flags.c_contiguous
        assert part.x.min() == 0
        assert part.x.max() == 1
        assert set(part.y) == set(range(len(info.classes)))


@pytest.mark.parametrize("name", HERE)
def test_every_file_is_checked(name):
    skip_unless_here(name)
    assert [c.status for c in data.check(name)] == ["ok"] * len(STORED[name].files)


@pytest.mark.parametrize("name", [n for n, s in STORED.items() if s.remote])
def test_without_the_files_it_says_what_to_do(name, tmp_path, monkeypatch):
    monkeypatch.delenv("GLASSGRAD_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("glassgrad.data.fetch._cache", lambda: tmp_path / "cache")
    with pytest.raises(DataError) as caught:
        data.load(name, data_dir=tmp_path / "mine", download=False)
    message = str(caught.value)
    assert STORED[name].files[0].name in message
    assert str(tmp_path / "mine" / STORED[name].folders[0]) in message
    assert STORED[name].remote.mirrors[0] in message
    assert "glassgrad data get" in message
    assert "'digits'" in message
    assert not list(tmp_path.iterdir())
    assert "MB to download" in data.info(name, data_dir=tmp_path).status


@pytest.mark.parametrize("name", DRAWN)
def test_a_seed_fixes_the_points(name):
    draw = DRAWN[name]
    one, same, other = draw(60, rng=3), draw(60, rng=np.random.default_rng(3)), draw(60, rng=4)
    np.testing.assert_array_equal(one.x, same.x)
    np.testing.assert_array_equal(one.y, same.y)
    assert not np.array_equal(one.x, other.x)


@pytest.mark.parametrize("name", DRAWN)
def test_noise_displaces_the_points_and_keeps_the_labels(name):
    clean, noisy = DRAWN[name](400, noise=0.0, rng=0), DRAWN[name](400, noise=0.5, rng=0)
    np.testing.assert_array_equal(clean.y, noisy.y)
    displacement = (noisy.x - clean.x)[10:]  # the strays of `inseparable` are means, and move less
    assert displacement.std() == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("name", DRAWN)
def test_point_sets_load_with_the_sizes_they_say(name):
    train, test = data.load(name)
    info = data.info(name)
    assert (len(train), len(test)) == (info.train, info.test)
    assert train.name == name
    assert not np.isin(train.x, test.x).all(axis=1).any()
    assert data.check(name) == data.get(name) == ()


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("setting", [{"n": 0}, {"noise": -1.0}, {"noise": float("nan")}])
def test_point_sets_refuse_nonsense(name, setting):
    with pytest.raises(SettingError, match="expects n ≥ 1, noise ≥ 0"):
        DRAWN[name](**setting)
