"""Bridge between the platform and bots, providers and strategies of other hosts, both ways."""
