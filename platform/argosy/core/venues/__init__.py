"""Venues and assets: protocols that adapters implement, and values they exchange."""
