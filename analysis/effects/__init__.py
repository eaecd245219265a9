"""What the intervention changed: the same estimands, path and checks for every model."""
