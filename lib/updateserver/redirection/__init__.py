"""From the box to its server: devices that call their default URL are told where their update server is.

Directly in here are the modules that decide: they see values only. What reads, writes and asks others is in `io/`.
"""
