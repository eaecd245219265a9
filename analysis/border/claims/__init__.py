"""Public claims about encounters, each checked against the figures."""
