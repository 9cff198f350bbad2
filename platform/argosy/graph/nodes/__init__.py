"""Node types that belong to no domain: values, conditions, lists, gates, and what bots and strategies are made of."""
