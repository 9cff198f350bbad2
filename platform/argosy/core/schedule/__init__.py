"""Schedules: due times and their arithmetic. Pure."""
