"""Protect outside calls: deadlines, retries, circuit breakers, rate limits, HTTP client."""
