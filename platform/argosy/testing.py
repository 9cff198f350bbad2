"""Public parts for tests of venues.

Pytest comes with `pip install argosy[testing]`.
"""

from argosy.venuekit.testing.bench import ScriptedReply, VenueBench, WireScript
from argosy.venuekit.testing.builders import PassesAfter, ScriptedDocuments, cancel_order, place_order
from argosy.venuekit.testing.contract import AccountContract, VenueContract, execute
from argosy.venuekit.testing.http_bench import ScriptedTransport, served_by

__all__ = [
    "AccountContract",
    "PassesAfter",
    "ScriptedDocuments",
    "ScriptedReply",
    "ScriptedTransport",
    "VenueBench",
    "VenueContract",
    "WireScript",
    "cancel_order",
    "execute",
    "place_order",
    "served_by",
]
