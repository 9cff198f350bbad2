"""Commands for bots, runs, schedules, strategies and workflows."""
