"""The one composition root: settings → ports → registries, for workers, dashboard, CLI, tests and notebooks."""

from argosy.bootstrap.runtime import Runtime, open_runtime
from argosy.bootstrap.seed import seed
from argosy.bootstrap.types import domains, registry

__all__ = ["Runtime", "domains", "open_runtime", "registry", "seed"]
