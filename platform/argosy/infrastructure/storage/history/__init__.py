"""History: runs, node executions, activity, and the recorder's writes."""
