"""`glassgrad check` and `glassgrad derive`: is it right, and why is it what it is?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from glassgrad.check import student
from glassgrad.cli.output import Flag
from glassgrad.cli.verdict import answer, written

app = App(
    name="check",
    help="Is it right? Exit codes: 0 right, 1 wrong, 2 could not be run.",
)
Formula = Annotated[str, Parameter(allow_leading_hyphen=True)]
Several = Annotated[tuple[str, ...], Parameter(negative="", allow_leading_hyphen=True)]


@app.command
def backward(
    target: str,
    /,
    *,
    reference: str = "",
    shapes: Several = (),
    seed: int = 0,
    seconds: float = student.SECONDS,
    megabytes: int = student.MEGABYTES,
    json: Flag = False,
) -> None:
    """Is this backward pass right?  If not, which mistake is it?

    glassgrad check backward my_layer.py:Tanh

    glassgrad check backward mine.py:backward --reference mine.py:loss --shapes x=5x4,t=5:3

    Args:
        target: FILE.py:Name, a class with forward and backward, or a function backward(g, x, …).
        reference: what it should be: a function of glassgrad, such as tanh, or FILE.py:f, a function
            of tensors; by default the function of the same name.
        shapes: of the inputs, as x=5x4,w=3x4; labels=5:3 for 5 whole numbers below 3, p=5x4:0..1
            for numbers between 0 and 1, c=0.5 for a number.
        seed: of the random inputs.
        seconds: your code may take so long.
        megabytes: it may use so much memory.
        json: print the answer as JSON.
    """
    answer(
        student.backward(
            target,
            reference=reference,
            shapes=",".join(shapes),
            seed=seed,
            seconds=seconds,
            megabytes=megabytes,
        ),
        json,
    )


@app.command
def gradient(
    target: str,
    /,
    *,
    shapes: Several = (),
    seed: int = 0,
    seconds: float = student.SECONDS,
    megabytes: int = student.MEGABYTES,
    json: Flag = False,
) -> None:
    """Is the gradient of a function or of an op of your own right, entry by entry?

    glassgrad check gradient my_ops.py:swish --shapes x=3x4

    Args:
        target: FILE.py:f, a function of tensors, or an op with a rule of its own.
        shapes: of the inputs, as x=5x4,w=3x4; 4x4 each by default.
        seed: of the random inputs.
        seconds: your code may take so long.
        megabytes: it may use so much memory.
        json: print the answer as JSON.
    """
    answer(
        student.gradient(
            target, shapes=",".join(shapes), seed=seed, seconds=seconds, megabytes=megabytes
        ),
        json,
    )


@app.command
def formula(
    formula: Formula,
    /,
    *,
    of: Formula,
    wrt: str = "",
    at: Several = (),
    define: Several = (),
    seconds: float = student.SECONDS,
    megabytes: int = student.MEGABYTES,
    json: Flag = False,
) -> None:
    r"""Is a gradient that was worked out on paper right?

    glassgrad check formula "2x(1 - y)" --of "x^2 - x^2 y" --wrt x

    Args:
        formula: the gradient, as 2x(1 - y) or in LaTeX.
        of: what was differentiated: a formula, or FILE.py:f, a function of tensors.
        wrt: the name to differentiate by; may be left out if there is one.
        at: values, as w=0.3,x=0.2; those of a formula may be left out.
        define: a name that the formula uses, as u=w*x; several times for several.
        seconds: your code may take so long.
        megabytes: it may use so much memory.
        json: print the answer as JSON.
    """
    answer(
        student.formula(
            formula,
            of,
            wrt=wrt,
            at=",".join(at),
            define=define,
            seconds=seconds,
            megabytes=megabytes,
        ),
        json,
    )


@app.command
def table(
    file: Path,
    /,
    *,
    counts: str = "",
    accuracy: float | None = None,
    channels: int | None = None,
    json: Flag = False,
) -> None:
    """Can a printed table of scores or of parameters be true?

    glassgrad check table table2.md --counts mnist --accuracy 0.971

    Args:
        file: the table as Markdown, LaTeX, CSV, or columns of text.
        counts: images per class, as 980,1135,1032, or the name of a test set, as mnist.
        accuracy: the accuracy claimed for the same predictions.
        channels: channels of the input, for a table of layers.
        json: print the answer as JSON.
    """
    answer(student.table(file, counts=counts, accuracy=accuracy, channels=channels), json)


@app.command
def separable(
    file: Path, /, *, label: str = "", seconds: float = student.SECONDS, json: Flag = False
) -> None:
    """Can a linear classifier be right on every point?  With a proof, either way.

    glassgrad check separable points.csv

    Args:
        file: one point per line, its class in the last column; a line of names may come first.
        label: name or number of the column with the classes.
        seconds: how long to look for the fewest points to leave out.
        json: print the answer as JSON.
    """
    answer(student.separable(file, label=label, seconds=seconds), json)


def derive(
    of: Formula,
    /,
    *,
    wrt: Several = (),
    at: Several = (),
    shapes: Several = (),
    seed: int = 0,
    format: student.Form = "text",
    seconds: float = student.SECONDS,
    megabytes: int = student.MEGABYTES,
    json: Flag = False,
) -> None:
    """Why is the gradient what it is?  Every step, with its rule, its numbers and a check.

    glassgrad derive "tanh(w x + b)" --wrt w

    glassgrad derive my_net.py:loss --shapes x=2x3,w=3x2 --format html > why.html

    Args:
        of: a formula, or FILE.py:f, a function of tensors.
        wrt: the names to differentiate by, as w,b; all of them by default.
        at: values of a formula's names, as w=0.3,x=0.2; those left out are drawn at random.
        shapes: of a function's inputs, as x=5x4,w=3x4,labels=5:3.
        seed: of what is random.
        format: text, latex (for a document with amsmath), or html (with MathML).
        seconds: your code may take so long.
        megabytes: it may use so much memory.
        json: print the answer as JSON.
    """
    written(
        student.derivation(
            of,
            wrt=",".join(wrt),
            at=",".join(at),
            shapes=",".join(shapes),
            seed=seed,
            form=format,
            seconds=seconds,
            megabytes=megabytes,
        ),
        json,
    )
