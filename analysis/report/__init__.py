"""From a notebook and its parameters to a report."""

import sys

# jsonschema, which reads notebooks, would build a grammar of web addresses that no notebook needs:
# most of a second of each command.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
