"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How fast a machine makes examples says nothing about the program.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.load_profile("unhurried")
