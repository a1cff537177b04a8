"""Working out the printed text of a formula of numbers, to hold it against the number beside it."""

import math
import re

_UP = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sin", "cos", "tanh", "sqrt")}


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def worked_out(text, values):
    """The value of a formula, given those of the names in it."""
    names = {}
    for i, name in enumerate(sorted(values, key=len, reverse=True)):
        names[f"V{i}_"] = values[name]
        whole_word = rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z₀-₉|])"
        text = re.sub(whole_word, f"V{i}_", text)
    text = re.sub(r"·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"e{m[1].translate(_UP)}", text)
    text = re.sub(r"(tanh)²(\([^()]*(?:\([^()]*\)[^()]*)*\))", r"(\1\2)**2", text)
    text = re.sub(r"([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"**({m[1].translate(_UP)})", text)
    text = text.replace("√(", "sqrt(").replace("e^(", "exp(").replace("e^", "E**")
    text = text.replace("−", "-").replace("·", "*").replace("^", "**").replace("σ(", "sigmoid(")
    scope = {**_FUNCTIONS, **names, "sigmoid": sigmoid, "E": math.e, "__builtins__": {}}
    return eval(compile(text, text, "eval"), scope)
