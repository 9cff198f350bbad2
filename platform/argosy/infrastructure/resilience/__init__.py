"""What keeps calls to the outside honest: deadlines, retries, circuit breakers, rate limits, one HTTP client."""
