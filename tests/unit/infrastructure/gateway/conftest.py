from __future__ import annotations

import pytest
from support.gateway_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
