"""Settings from the environment and one TOML file, each value knowing where it was set."""

from argosy.infrastructure.config.loader import load_section, load_settings
from argosy.infrastructure.config.sections import Section
from argosy.infrastructure.config.settings import Settings

__all__ = ["Section", "Settings", "load_section", "load_settings"]
