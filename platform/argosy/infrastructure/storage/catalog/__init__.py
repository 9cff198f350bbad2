"""Configuration: bots, workflows, schedules, and their versions."""
