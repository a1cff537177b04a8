"""`glassgrad check` and `glassgrad derive`: is it right, and why is it what it is?

The commands are the functions of `check/student.py`: their arguments, their defaults and their help.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from cyclopts import App, Parameter

from glassgrad.check import student
from glassgrad.check.shared.report import Report
from glassgrad.cli.verdict import answer, written

_TYPES: dict[Any, Any] = {
    student.Typed: Annotated[str, Parameter(allow_leading_hyphen=True)],
    student.Several: Annotated[tuple[str, ...], Parameter(negative="", allow_leading_hyphen=True)],
    tuple[str, ...]: Annotated[tuple[str, ...], Parameter(negative="", allow_leading_hyphen=True)],
}
"""How what the desk takes is typed on a command line."""
_JSON = Annotated[bool, Parameter(negative="", help="print the answer as JSON.")]


def command(
    ask: Callable[..., Report], show: Callable[[Report, bool], None]
) -> Callable[..., None]:
    """A function of the desk as a command, which has one more option, `--json`."""

    def run(*args: Any, json: bool = False, **options: Any) -> None:
        show(ask(*args, **options), json)

    hints = get_type_hints(ask, include_extras=True)
    hints = {name: _TYPES.get(hint, hint) for name, hint in hints.items()}
    own = inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False)
    parameters = [*inspect.signature(ask).parameters.values(), own]
    run.__annotations__ = {**hints, "json": _JSON, "return": None}
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(annotation=run.__annotations__[p.name]) for p in parameters]
    )
    run.__name__, run.__doc__ = ask.__name__, ask.__doc__
    return run


app = App(
    name="check",
    help="Is it right? Exit codes: 0 right, 1 wrong, 2 could not be run.",
)
for ask in (
    student.backward, student.gradient, student.formula, student.table, student.separable,
):  # fmt: skip
    app.command(command(ask, answer))
derive = command(student.derive, written)
