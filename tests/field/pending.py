"""Cases that do not hold yet, by the name of their test; who mends one takes its line out.

A name without brackets stands for all values that the test tries. That a test in this table holds is a failure.
"""

PENDING: frozenset[str] = frozenset()
