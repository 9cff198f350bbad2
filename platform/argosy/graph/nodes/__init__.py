"""Node types of no domain: values, conditions, lists, gates, parts of bots and strategies."""
