"""The first application: encounters at the borders of the United States."""

from importlib.resources import files
from pathlib import Path

# The embedded figures, and what is known of events and claims.
DATA = Path(str(files("analysis") / "border" / "data"))
