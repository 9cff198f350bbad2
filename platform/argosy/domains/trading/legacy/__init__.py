"""Old bots, providers and strategies beside the platform, both ways."""
