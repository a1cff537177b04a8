"""At every door of the house: no error of Python's own, whatever is put in the place of an argument."""

import contextlib
import inspect
import io
import signal
import warnings
from collections.abc import Callable

import pytest
from entrances import ENTRANCES, WRONG, arguments, called, parameters

from glassgrad import nn
from glassgrad.errors import GlassgradError
from glassgrad.validate import WRITE, said_of, validated

LONG = {
    "course.run": "runs exercises",
    "sweep.sweep": "starts processes",
    "runs.train_run": "trains",
}
"""What may go on for long if it is asked for much; tried with what is refused at once."""
ASKED = {("train.fit", "2**63"), ("train.Session", "2**63"), ("doctor.diagnose", "2**63")}
"""2⁶³ steps are many, and no mistake of kind."""


def takes_a_function(parameter):
    return "Callable" in str(parameter.annotation) or parameter.name in ("loss", "score", "f")


@contextlib.contextmanager
def at_most(seconds):
    """A call that goes on for longer than that is not refused, but it is no error either."""

    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def wrong_calls(name, folder):
    value = ENTRANCES[name]
    given = arguments(value, folder)
    for p in parameters(value):
        for what, wrong in WRONG.items():
            foreign = takes_a_function(p) and callable(wrong)  # whose errors are its own
            if what != "huge array" and not foreign and (name, what) not in ASKED:
                yield f"{p.name} = {what}", {**given, p.name: wrong}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in ENTRANCES if n not in LONG])
def test_a_wrong_argument_ends_in_words_of_the_house(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    value, raw = ENTRANCES[name], []
    for what, given in wrong_calls(name, tmp_path):
        quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
        try:
            with quiet[0], quiet[1], at_most(2.0), warnings.catch_warnings():
                called(value, given)
        except (GlassgradError, TimeoutError):
            continue
        except Exception as error:
            raw.append(f"{what}: {type(error).__name__}: {error}")
    assert raw == []


@pytest.mark.parametrize("name", [n for n in ENTRANCES if n.startswith("gg.")])
def test_right_arguments_of_ops_are_right(name, tmp_path):
    """So that it is the wrong one that was refused."""
    called(ENTRANCES[name], arguments(ENTRANCES[name], tmp_path))


@pytest.mark.parametrize("name", list(WRITE))
def test_what_to_write_is_said_for_each_class_that_a_function_may_want(name):
    thing = type(name, (), {})
    wanted = validated(_wanting(thing))
    with pytest.raises(GlassgradError) as caught:
        wanted(3)
    assert WRITE[name] in str(caught.value)


def _wanting(kind):
    def function(x):
        return x

    function.__annotations__ = {"x": kind}
    return function


def test_too_many_unknown_and_missing_arguments_are_told():
    for call in (lambda f: f(), lambda f: f(1, 2), lambda f: f(y=1)):
        with pytest.raises(GlassgradError, match=r"function: .*; it takes \(x\)"):
            call(validated(_wanting(int)))


def test_memory_that_is_not_there_is_told_where_it_is_ours_to_tell():
    with pytest.raises(GlassgradError, match=r"BatchNorm needs more memory than there is"):
        nn.BatchNorm(2**63)

    @validated
    def given(f: Callable[[], None]) -> None:
        f()

    def of_a_student():
        raise MemoryError("Unable to allocate 4.00 TiB")

    with pytest.raises(MemoryError):
        given(of_a_student)


def test_a_decorated_function_keeps_its_signature_and_its_docstring():
    for value in ENTRANCES.values():
        if inspect.isfunction(value) and hasattr(value, "__wrapped__"):
            assert inspect.signature(value) == inspect.signature(value.__wrapped__)
            assert value.__doc__ == value.__wrapped__.__doc__


def test_anything_can_be_said():
    assert [said_of(v)[:30] for v in WRONG.values()]


def test_what_has_the_parts_of_a_data_set_is_one():
    class Numbers:
        x, y = [[1.0]], [0.5]

        def __len__(self):
            return 1

    wanted = validated(_wanting(type("Dataset", (), {})))
    assert wanted(kept := Numbers()) is kept
    with pytest.raises(GlassgradError, match="a Dataset"):
        wanted([1.0])
