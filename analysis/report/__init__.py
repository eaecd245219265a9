"""From a notebook and its parameters to a page: executed, checked, rendered."""
