"""The index of all devices, and what pages look up."""
