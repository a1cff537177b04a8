"""Weights as others write them: half precision, a part of them, and files of another kind."""

import io
import json

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import CheckpointError
from glassgrad.train import load_weights, save_weights


def layer():
    return nn.Linear(2, 3, rng=0)


@pytest.mark.parametrize("dtype", ["F16", "BF16", "F64"])
def test_other_precisions_are_converted(tmp_path, dtype):
    values = {"weight": np.array([[0.5, -2.0]] * 3, np.float32), "bias": np.ones(3, np.float32)}
    header, body = {}, b""
    for name, a in values.items():
        if dtype == "BF16":
            part = (a.view(np.uint32) >> 16).astype(np.uint16).tobytes()
        else:
            part = a.astype({"F16": np.float16, "F64": np.float64}[dtype]).tobytes()
        ends = [len(body), len(body) + len(part)]
        header[name] = {"dtype": dtype, "shape": a.shape, "data_offsets": ends}
        body += part
    head = json.dumps(header).encode()
    (tmp_path / "w.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + body)
    model = layer()
    load_weights(tmp_path / "w.safetensors", model)
    assert model.weight.dtype == np.float32
    assert model.weight.numpy().tolist() == values["weight"].tolist()


def test_pytorchs_bfloat16_is_taken_over():
    torch = pytest.importorskip("torch")
    model = layer()
    state = {"weight": torch.full((3, 2), 0.5, dtype=torch.bfloat16), "bias": torch.zeros(3).half()}
    model.load_state_dict(state)
    assert (model.weight.numpy() == 0.5).all()


def test_a_part_of_the_names(tmp_path):
    model = nn.Sequential(layer(), nn.Linear(3, 2, rng=1))
    save_weights(tmp_path / "w", nn.Sequential(layer()))
    with pytest.raises(CheckpointError, match=r"missing 1\.weight, 1\.bias"):
        load_weights(tmp_path / "w", model)
    kept = model.state_dict()["1.weight"]
    load_weights(tmp_path / "w", model, strict=False)
    assert (model.state_dict()["1.weight"] == kept).all()
    assert (model.state_dict()["0.weight"] == layer().weight.numpy()).all()
    with pytest.raises(CheckpointError, match="no name in common"):
        model.load_state_dict({"other": np.ones(2)}, strict=False)
    with pytest.raises(CheckpointError, match=r"0\.bias has shape"):
        model.load_state_dict({"0.bias": np.ones(2)}, strict=False)


def test_a_file_of_another_kind_is_recognised_and_the_advice_works(tmp_path):
    model, other = layer(), nn.Linear(2, 3, rng=5)
    np.savez(tmp_path / "w.npz", **model.state_dict())
    with pytest.raises(
        CheckpointError, match=r"NumPy's \.npz: write state = dict\(np\.load\(path\)\)"
    ):
        load_weights(tmp_path / "w.npz", other)
    state = dict(np.load(tmp_path / "w.npz"))
    other.load_state_dict(state)
    assert (other.weight.numpy() == model.weight.numpy()).all()


def test_pytorchs_file_is_recognised_and_the_advice_works(tmp_path):
    torch = pytest.importorskip("torch")
    path, model = tmp_path / "w.pt", layer()
    torch.save(torch.nn.Linear(2, 3).state_dict(), path)
    with pytest.raises(
        CheckpointError, match=r"write state = torch\.load\(path, weights_only=True\)"
    ):
        load_weights(path, model)
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state)
    assert (model.weight.numpy() == state["weight"].numpy()).all()


@pytest.mark.parametrize("begin", [b"\x93NUMPY", b"\x80\x02", b"\x89HDF"])
def test_other_beginnings(tmp_path, begin):
    (tmp_path / "w").write_bytes(begin + io.BytesIO(bytes(100)).read())
    with pytest.raises(CheckpointError, match="expected a safetensors file, but"):
        load_weights(tmp_path / "w", layer())
