"""The sentences of the pages, one module a page."""
