"""Changes from the first moment of each process of a stack: its clock and way to the venue."""

from __future__ import annotations

import os

from chaos import clock

VENUE = "CHAOS_VENUE"
"""Environment variable with the address at which a process reaches the venue.

It is set where the address is not the sandbox's own.
"""

if os.environ.get(clock.CLOCK):
    clock.step_with_files()

if os.environ.get(VENUE):
    from argosy.bootstrap import endpoints

    endpoints.sandbox_url_of = lambda settings: os.environ[VENUE]
