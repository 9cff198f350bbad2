"""Commands for recorded data, the sandbox and the event stream."""
