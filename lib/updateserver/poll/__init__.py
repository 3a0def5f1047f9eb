"""One poll: which script a device gets, and why."""
