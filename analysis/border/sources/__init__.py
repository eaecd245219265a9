"""Official figures in: published files and embedded tables, each checked and with its source."""
