"""What an error says to write is written here, and works; slips of each kind that people make."""

import pathlib

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import data, nn, optim, train
from glassgrad.errors import (
    CheckpointError,
    DataError,
    DtypeError,
    GlassgradError,
    GraphError,
    SettingError,
    ShapeError,
)

IMAGES = np.linspace(0, 1, 4 * 6 * 6, dtype=np.float32).reshape(4, 6, 6)
LABELS = np.array([0, 1, 0, 1])
TABLE = np.linspace(0, 1, 12, dtype=np.float32).reshape(4, 3)
CLASSES = ("a", "b")


def model():
    return nn.Sequential(nn.Linear(3, 2, rng=0))


def fit(loss=gg.cross_entropy, m=None):
    m = m or model()
    ds = data.Dataset(TABLE, LABELS, CLASSES, "small")
    return train.fit(m, ds, optimizer=optim.SGD(m.parameters(), lr=0.1), epochs=1, loss=loss)


def told(kind, words, call):
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value), str(caught.value)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_channels_that_come_last(channels):
    conv = nn.Conv2d(channels, 5, 3, rng=0)
    x = np.zeros((2, 6, 7, channels), np.float32)
    told(ShapeError, "write x.transpose(0, 3, 1, 2)", lambda: conv(x))
    assert conv(x.transpose(0, 3, 1, 2)).shape == (2, 5, 4, 5)


@pytest.mark.parametrize(
    "layer",
    [nn.Conv2d(1, 5, 3, rng=0), nn.MaxPool2d(2), nn.AvgPool2d(2)],
    ids=lambda m: type(m).__name__,
)
def test_images_without_channels(layer):
    told(ShapeError, "x[:, None] the channels to (N, H, W)", lambda: layer(IMAGES))
    assert layer(IMAGES[:, None]).shape[0] == 4
    told(ShapeError, "x[None] adds the batch axis to (C, H, W)", lambda: layer(IMAGES[:1]))
    assert layer(IMAGES[:1][None]).shape[0] == 1


@pytest.mark.parametrize("x", [IMAGES, TABLE[:, 0]], ids=["images", "numbers"])
def test_a_data_set_without_channels_or_features(x):
    told(ShapeError, "x[:, None] adds the axis", lambda: data.Dataset(x, LABELS, CLASSES, "m"))
    assert len(data.Dataset(x[:, None], LABELS, CLASSES, "m")) == 4


@pytest.mark.parametrize("shape", [(4, 1), (1, 4)])
def test_labels_with_an_axis_too_many(shape):
    y = LABELS.reshape(shape)
    told(ShapeError, "y.reshape(-1)", lambda: data.Dataset(TABLE, y, CLASSES, "m"))
    assert len(data.Dataset(TABLE, y.reshape(-1), CLASSES, "m")) == 4


@pytest.mark.parametrize("kind", [str, object])
def test_labels_as_text(kind):
    y = np.array(["dog", "cat", "dog", "emu"], kind)
    told(
        DtypeError,
        "write names, y = np.unique(y, return_inverse=True) and classes=tuple(names.tolist())",
        lambda: data.Dataset(TABLE, y, CLASSES, "m"),
    )
    names, y = np.unique(y, return_inverse=True)
    ds = data.Dataset(TABLE, y, classes=tuple(names.tolist()), name="m")
    assert [ds.classes[k] for k in ds.y] == ["dog", "cat", "dog", "emu"]


def test_real_targets_are_not_cut_off():
    """Advice to write np.int64 would make 0 of 0.7."""
    for y in ([0.7, 1.2, 0, 1], [0.0, np.nan, 1, 1]):
        y = np.array(y)
        told(DtypeError, "with gg.mse_loss", lambda y=y: data.Dataset(TABLE, y, CLASSES, "m"))
    y = np.array([0.0, 1.0, 1.0, 0.0])
    told(DtypeError, "write np.asarray(y, np.int64)", lambda: data.Dataset(TABLE, y, CLASSES, "m"))
    assert len(data.Dataset(TABLE, np.asarray(y, np.int64), CLASSES, "m")) == 4


def test_classes_as_a_number():
    told(
        SettingError,
        "write Dataset(classes=('a', 'b'))",
        lambda: data.Dataset(TABLE, LABELS, 2, "m"),
    )


@pytest.fixture
def csv(tmp_path):
    def write(text):
        path = tmp_path / "t.csv"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("between", [";", "\t"])
def test_another_delimiter(csv, between):
    path = csv("a,y\n1,0\n2,1\n".replace(",", between))
    told(SettingError, f"write delimiter={between!r}", lambda: data.read_csv(path, "y"))
    assert len(data.read_csv(path, "y", delimiter=between)) == 2


def test_a_remark_above_the_heading(csv):
    text = "a,y\n1,0\n2,1\n"
    path = csv("# lab 3\n" + text)
    told(DataError, "line 1 has one cell, the next one 2", lambda: data.read_csv(path, "y"))
    assert len(data.read_csv(csv(text), "y")) == 2


def test_a_column_of_real_numbers_is_no_class(csv):
    path = csv("a,price\n1,10.5\n2,11.5\n3,9.25\n")
    told(DataError, "np.loadtxt(path, delimiter=',', skiprows=1)", lambda: data.read_csv(path))
    assert np.loadtxt(path, delimiter=",", skiprows=1).shape == (3, 2)
    for few in ("0.5\n2,1.5\n3,0.5", "1\n2,2\n3,3"):  # classes that are called by numbers
        assert len(data.read_csv(csv(f"a,k\n1,{few}\n"))) == 3


def test_a_loss_of_several_numbers():
    def several(o, y):
        return gg.cross_entropy(o, y, reduction="none")

    told(GraphError, "write reduction='mean', or its .mean()", lambda: fit(several))
    assert fit(lambda o, y: several(o, y).mean()).steps


@pytest.mark.parametrize(
    "loss", [lambda o, y: None, lambda o, y: 0.5, lambda o, y: o.numpy().sum()]
)
def test_a_loss_without_a_graph(loss):
    told(GraphError, "loss must give a Tensor", lambda: fit(loss))


def test_a_forward_without_return():
    class Silent(nn.Module):
        def __init__(self):
            self.a = nn.Linear(3, 2, rng=0)

        def forward(self, x):
            self.a(x)

    told(GraphError, "Silent.forward gave None", lambda: fit(m=Silent()))
    told(GraphError, "end it with return", lambda: train.predict(Silent(), TABLE))


def test_what_predict_takes():
    ds = data.Dataset(TABLE, LABELS, CLASSES, "small")
    told(SettingError, "write predict(x=ds.x)", lambda: train.predict(model(), ds))
    assert train.predict(model(), x=ds.x).shape == (4,)


def test_scores_that_are_no_numbers_have_no_largest():
    x = TABLE.copy()
    x[2, 1] = np.nan
    for ask in (train.predict, train.predict_proba):
        told(DataError, "the scores of row 2 are NaN", lambda ask=ask: ask(model(), x))


def test_the_name_of_a_loss():
    told(SettingError, "write fit(loss=gg.cross_entropy)", lambda: fit("cross_entropy"))


def test_where_weights_are_written(tmp_path):
    path = tmp_path / "a" / "b" / "w"
    made = f"pathlib.Path({str(path.parent)!r}).mkdir(parents=True)"
    told(SettingError, made, lambda: train.save_weights(path, model()))
    pathlib.Path(str(path.parent)).mkdir(parents=True)
    train.save_weights(path, model())
    told(SettingError, "is a folder: write", lambda: train.save_weights(path.parent, model()))
    train.load_weights(path, model())


def test_weights_in_npz(tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, **model().state_dict())
    told(CheckpointError, "state = dict(np.load(path))", lambda: train.load_weights(path, model()))
    other = nn.Sequential(nn.Linear(3, 2, rng=1))
    state = dict(np.load(path))
    other.load_state_dict(state)
    assert np.array_equal(other(TABLE), model()(TABLE))


NONSENSE = {
    "keepdims as text": lambda: gg.sum(TABLE, keepdims="no"),
    "an axis that is True": lambda: gg.sum(TABLE, axis=True),
    "classes without end": lambda: gg.one_hot(LABELS, 2**63),
    "no classes": lambda: gg.one_hot(LABELS, 0),
    "half a class": lambda: gg.one_hot(LABELS, 2.5),
    "a dtype of text": lambda: gg.one_hot(LABELS, 2, dtype="U1"),
    "low above high": lambda: gg.clip(TABLE, 1.0, 0.0),
    "low above high somewhere": lambda: gg.clip(TABLE, np.array([0.0, 2.0, 0.0]), 1.0),
    "bounds that are truth values": lambda: gg.clip(TABLE, False, True),
    "complex bounds": lambda: gg.clip(TABLE, 1j),
    "NaN as a probability": lambda: gg.dropout(TABLE, np.nan),
    "True as a probability": lambda: gg.dropout(TABLE, True),
    "NaN as a level": lambda: gg.flood(gg.tensor(1.0), np.nan),
    "a slope of text": lambda: gg.leaky_relu(TABLE, slope=""),
    "a complex slope": lambda: gg.elu(TABLE, 1j),
    "at_zero that is a list": lambda: gg.relu(TABLE, at_zero=[1]),
    "a strength below 0": lambda: gg.l2_penalty([TABLE], -1),
    "differences undone": lambda: gg.diff(TABLE, -1),
    "half a repetition": lambda: gg.repeat(TABLE, 2.5),
    "repetitions below 0": lambda: gg.tile(TABLE, -2),
    "half a diagonal": lambda: gg.diagonal(TABLE, 0.5),
    "half a width": lambda: gg.pad(TABLE, 0.5),
    "text joined": lambda: gg.concatenate([np.array(["a"]), np.array(["b"])]),
    "None in an array": lambda: gg.hstack([np.array([None])]),
    "complex numbers": lambda: gg.exp(np.array([1j])),
    "a name that is a number": lambda: gg.Tensor(TABLE, name=3),
    "a wish of text": lambda: gg.Tensor(TABLE, requires_grad="no"),
    "no points": lambda: gg.numeric_grad(gg.tanh),
    "a step of 0": lambda: gg.numeric_grad(gg.sum, TABLE, h=0.0),
    "a flatten beyond the axes": lambda: gg.flatten(TABLE, 9),
}


@pytest.mark.parametrize("what", list(NONSENSE))
def test_what_makes_no_sense_is_refused(what):
    with pytest.raises(GlassgradError):
        NONSENSE[what]()


def test_settings_that_are_numbers_of_numpy_or_tensors_are_taken():
    assert gg.leaky_relu(np.array([-1.0]), np.float32(0.5))[0] == -0.5
    assert gg.sum(TABLE, keepdims=np.bool_(True)).shape == (1, 1)
    strength = gg.tensor(0.5)
    gg.l2_penalty([TABLE], strength).backward()
    assert np.isclose(strength.grad, 0.5 * (TABLE**2).sum())
    assert gg.flood(gg.tensor(0.25), np.array(0.5)).item() == 0.75


def test_a_fault_of_an_op_of_somebody_elses_is_not_said_to_be_of_its_inputs():
    class Typo(gg.ops.Op):
        def forward(self, x):
            return np.no_such_function(x)

    with pytest.raises(AttributeError, match="no_such_function"):
        Typo()(np.ones(3))


@pytest.mark.parametrize("call", [lambda: gg.exp(), lambda: gg.add(1.0), lambda: gg.exp(1.0, 2.0)])
def test_too_many_and_too_few_inputs_of_an_op(call):
    told(DtypeError, "inputs, (", call)


def test_sizes_beyond_the_memory_are_said():
    told(
        SettingError,
        "more memory than there is",
        lambda: gg.broadcast_to(1.0, (2**40, 2**40)) + 1.0,
    )


def test_rows_of_different_lengths():
    for call in (gg.exp, gg.sum, gg.Tensor, gg.softmax):
        told(ShapeError, "rows of different lengths", lambda c=call: c([[1.0], [1.0, 2.0]]))
