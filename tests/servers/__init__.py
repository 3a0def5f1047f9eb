"""The update server behind real web servers."""

import pytest

pytest.register_assert_rewrite("tests.servers.fleets")
