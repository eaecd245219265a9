"""Known truths: simulated series, and published results."""
