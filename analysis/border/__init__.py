"""The first application: encounters at the borders of the United States."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

# The embedded figures, and what is known of events, claims and official files.
DATA = Path(str(files("analysis") / "border" / "data"))


@cache
def facts(name: str) -> Any:
    """What one of the YAML files beside the embedded figures holds."""
    return yaml.safe_load((DATA / name).read_text("utf-8"))
