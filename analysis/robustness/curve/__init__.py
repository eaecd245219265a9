"""The specification curve: every combination of choices that one could defend."""
