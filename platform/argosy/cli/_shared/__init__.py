"""Parts that all commands use: output, times, actors, lazy groups."""
