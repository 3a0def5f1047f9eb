"""The update server of innovaphone phones and gateways, as a Python package.

The rooms and what each may import are told in docs/architecture.md.
"""

__version__ = "0.1.0"
