"""The JSON API and the metrics."""
