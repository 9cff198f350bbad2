"""Workers cut off from Redis, Postgres or the venue, or several of them, in every manner."""

from __future__ import annotations

from itertools import combinations

from chaos import shared
from chaos.proxy import MANNERS, Manner
from chaos.routes import SERVICES
from chaos.shots import Harm, Weapon

WORKERS = {"worker-io1": 4, "worker-io2": 3, "worker-quick1": 2, "worker-heavy1": 2}
FROM = [combination for size in (1, 2, 3) for combination in combinations(SERVICES, size)]
VARIANTS = {
    f"{worker} from {'+'.join(services)}, {manner}": weight
    for worker, weight in WORKERS.items()
    for services in FROM
    for manner in MANNERS
}
SECONDS = {4: 4, 8: 4, 18: 2, 40: 1}


def fire(harm: Harm) -> None:
    worker, _, rest = harm.shot.variant.partition(" from ")
    services, _, manner = rest.partition(", ")
    with harm.stack.cut_off(worker, services.split("+"), _manner(manner)):
        harm.endure()


def _manner(text: str) -> Manner:
    return next(manner for manner in MANNERS if manner == text)


WEAPON = Weapon("partitions", VARIANTS, SECONDS, fire, shared.stack)
