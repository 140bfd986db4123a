"""Far ends of vendors that are started once a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.far_end import FarEnd


@pytest.fixture(scope="module")
def polygon_rest_process() -> Iterator[FarEnd]:
    """The service, started once for the tests of a module."""
    with FarEnd("polygon_rest_server") as server:
        yield server


@pytest.fixture
def polygon_service(polygon_rest_process: FarEnd) -> FarEnd:
    """The service as if it had just started."""
    polygon_rest_process.do("forget")
    return polygon_rest_process
