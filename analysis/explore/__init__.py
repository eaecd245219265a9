"""Controls in a notebook in place of parameters."""
