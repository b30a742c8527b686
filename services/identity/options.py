"""What a deployment sets for its own identity, beside the settings that every service has."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.config import BadSetting


@dataclass(frozen=True)
class Options:
    """Identity's own settings."""

    factor_required: bool  # whether all staff need a second factor, not only those who have added one (ID-24)


def load(env: Mapping[str, str]) -> Options:
    """Read the settings; BadSetting names the variable, what is wrong and an example."""
    text = env.get("YWT_STAFF_SECOND_FACTOR", "optional")
    if text not in {"optional", "required"}:
        raise BadSetting(f"YWT_STAFF_SECOND_FACTOR is {text!r}; it must be one of optional, required")
    return Options(factor_required=text == "required")


current = load(os.environ)
