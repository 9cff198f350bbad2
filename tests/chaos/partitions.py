"""Workers that do not reach Redis, Postgres or the venue, alone and together, in every manner a network knows."""

from __future__ import annotations

from contextlib import AbstractContextManager
from itertools import combinations
from pathlib import Path

from chaos.proxy import MANNERS, Manner
from chaos.shots import Harm, Weapon
from chaos.stack import SERVICES, ChaosStack, chaos_stack

WORKERS = {"worker-io1": 4, "worker-io2": 3, "worker-quick1": 2, "worker-heavy1": 2}
FROM = [combination for size in (1, 2, 3) for combination in combinations(SERVICES, size)]
VARIANTS = {
    f"{worker} from {'+'.join(services)}, {manner}": weight
    for worker, weight in WORKERS.items()
    for services in FROM
    for manner in MANNERS
}
SECONDS = (5, 10, 20, 40)


def fire(harm: Harm) -> None:
    worker, _, rest = harm.shot.variant.partition(" from ")
    services, _, manner = rest.partition(", ")
    with harm.stack.cut_off(worker, services.split("+"), _manner(manner)):
        harm.endure()


def _manner(text: str) -> Manner:
    return next(manner for manner in MANNERS if manner == text)


def stack(home: Path, seed: int) -> AbstractContextManager[ChaosStack]:
    return chaos_stack(home, seed=seed, proxied=True)


WEAPON = Weapon("partitions", VARIANTS, SECONDS, fire, stack=stack)
