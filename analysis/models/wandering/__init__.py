"""A trend whose slope may wander, integrated out together with the errors."""
