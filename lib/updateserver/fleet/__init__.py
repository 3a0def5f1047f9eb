"""All devices as lists and pages show them."""
