"""Does it hold? The same question under other dates, windows, choices, groups and data."""
