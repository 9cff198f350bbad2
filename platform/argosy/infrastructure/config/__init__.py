"""Read settings from the environment and one TOML file, with the origin of each value."""

from argosy.infrastructure.config.loader import load_section, load_settings
from argosy.infrastructure.config.sections import Section
from argosy.infrastructure.config.settings import Settings

__all__ = ["Section", "Settings", "load_section", "load_settings"]
