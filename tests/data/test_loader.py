import json
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.data import Compose, Dataset, Flip, Loader, Shift
from glassgrad.data.points import circle
from glassgrad.errors import CheckpointError, SettingError


def numbered(n=10):
    """Example i is a 1 × 4 × 4 image full of i."""
    x = np.broadcast_to(np.arange(n, dtype=np.float32)[:, None, None, None], (n, 1, 4, 4)).copy()
    return Dataset(x, np.arange(n) % 3, ("a", "b", "c"), "numbered")


def seen(loader):
    return np.concatenate([x[:, 0, 2, 2] for x, _ in loader])


def expect_same(one, other):
    assert len(one) == len(other)
    for (x, y), (u, v) in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, u)
        np.testing.assert_array_equal(y, v)


AUGMENT = Compose((Shift(1), Flip()))
FORMS = [{}, {"transform": AUGMENT}, {"transform": AUGMENT, "prefetch": 3}, {"shuffle": False}]


def make(**form):
    return Loader(numbered(), batch_size=3, **({"rng": 5} | form))


@given(
    n=st.integers(1, 30), size=st.integers(1, 35), drop=st.booleans(), prefetch=st.integers(0, 3)
)
def test_an_epoch_is_every_example_once(n, size, drop, prefetch):
    if drop and size > n:
        with pytest.raises(SettingError, match="drop_last=True leaves none"):
            Loader(numbered(n), size, drop_last=drop)
        return
    loader = Loader(numbered(n), size, drop_last=drop, prefetch=prefetch, rng=0)
    sizes = [len(y) for _, y in loader]
    assert len(sizes) == len(loader)
    assert set(sizes[:-1]) <= {size}
    values = seen(loader)
    assert len(set(values)) == len(values) == (n - n % size if drop else n)


def test_labels_go_with_their_examples_in_contiguous_arrays():
    for x, y in make(transform=Flip(1.0)):
        np.testing.assert_array_equal(x[:, 0, 0, 0] % 3, y)
        assert x.flags.c_contiguous
        assert (x.dtype, y.dtype) == (np.float32, np.int64)


def test_each_epoch_has_an_order_of_its_own_and_a_seed_fixes_all():
    loader, again = make(), make()
    orders = [tuple(seen(loader)) for _ in range(4)]
    assert len(set(orders)) == 4
    assert orders == [tuple(seen(again)) for _ in range(4)]
    assert orders[0] != tuple(seen(make(rng=6)))
    np.testing.assert_array_equal(seen(make(shuffle=False)), np.arange(10))


def test_a_generator_gives_each_loader_its_own_order():
    rng = np.random.default_rng(0)
    assert not np.array_equal(seen(make(rng=rng)), seen(make(rng=rng)))


def test_what_is_done_to_a_batch_does_not_reach_the_data():
    ds = numbered()
    for x, _ in Loader(ds, 10, shuffle=False):
        x += 100
    np.testing.assert_array_equal(ds.x, numbered().x)


def test_prefetch_changes_nothing():
    plain, ahead = make(transform=AUGMENT), make(transform=AUGMENT, prefetch=2)
    for _ in range(3):
        expect_same(list(plain), list(ahead))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stop", range(9))
def test_resume_after_any_batch_gives_the_same_batches(form, stop):
    """Three epochs of four batches; stopped after `stop` of them, the rest follows in another loader."""
    whole = make(**form)
    expected = [batch for _ in range(3) for batch in whole]
    first, got = make(**form), []
    state = first.state_dict()
    for _ in range(2):
        for batch in first:
            if len(got) == stop:
                break
            got.append(batch)
            state = json.loads(json.dumps(first.state_dict()))
    second = make(**(form | {"rng": 77}))
    second.load_state_dict(state)
    while len(got) < 12:
        got.extend(second)
    expect_same(got, expected)


def test_a_state_between_epochs_begins_the_next():
    loader, other = make(), make(rng=9)
    list(loader)
    state = loader.state_dict()
    assert (state["epoch"], state["position"]) == (1, 0)
    other.load_state_dict(state)
    expect_same(list(other), list(loader))


def test_a_loop_left_early_is_followed_by_the_next_epoch():
    loader, whole = make(), make()
    next(iter(loader))
    list(whole)
    expect_same(list(loader), list(whole))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"examples": 11}, "is of a loader with {'examples': 11"),
        ({"batch_size": 4}, "'batch_size': 4"),
        ({"shuffle": False}, "make the loader as it was"),
        ({"position": 5}, "position 0 … 4, got"),
        ({"epoch": -1}, "it is altered"),
        ({"seed": "5"}, "it is altered"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(change, text):
    loader = make()
    expected = list(make())
    with pytest.raises(CheckpointError, match=text):
        loader.load_state_dict(loader.state_dict() | change)
    with pytest.raises(CheckpointError):
        loader.load_state_dict({})
    expect_same(list(loader), expected)


@pytest.mark.parametrize("setting", [{"batch_size": 0}, {"batch_size": 1, "prefetch": -1}])
def test_settings_are_checked(setting):
    with pytest.raises(SettingError, match="batch_size ≥ 1 and prefetch ≥ 0"):
        Loader(numbered(), **setting)


def loader_threads():
    return [t for t in threading.enumerate() if t.name.startswith("glassgrad-loader")]


def test_a_thread_ends_with_its_reader():
    loader = make(prefetch=2)
    for _ in loader:
        assert loader_threads()
        break
    list(loader)
    batches = iter(loader)
    next(batches)
    batches.close()
    assert not loader_threads()


@pytest.mark.parametrize("prefetch", [0, 2])
def test_an_error_in_a_transform_reaches_the_reader(prefetch):
    def fail(x, rng):
        if 7 in x:
            raise RuntimeError("the seventh")
        return x

    loader = make(transform=fail, prefetch=prefetch, shuffle=False)
    batches = iter(loader)
    next(batches)
    next(batches)
    with pytest.raises(RuntimeError, match="the seventh"):
        next(batches)
    assert loader.state_dict()["position"] == 2
    assert not loader_threads()


def test_no_more_is_made_ahead_than_asked():
    made = []

    def count(x, rng):
        made.append(len(x))
        return x

    batches = iter(Loader(circle(20, rng=0), 1, transform=count, prefetch=3))
    next(batches)
    time.sleep(0.05)
    assert len(made) <= 4
    batches.close()
