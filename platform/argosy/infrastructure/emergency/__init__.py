"""Emergency states: the service that changes them, flags, guard and enforcement."""
