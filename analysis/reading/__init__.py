"""Anybody's table in, a regular series out: what was understood is said, what was not is asked."""
