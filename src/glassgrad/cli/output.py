"""What the commands share: flags, and JSON."""

from __future__ import annotations

import json
from typing import Annotated, Any

from cyclopts import Parameter

Flag = Annotated[bool, Parameter(negative="")]
"""An option that is there or not."""


def print_json(value: Any) -> None:
    """Print for programs."""
    print(json.dumps(value, indent=2, default=str))
