"""The fast copy of the emergency states: one flag a scope, with an epoch; unknown means stopped."""
