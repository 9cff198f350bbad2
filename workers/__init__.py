"""The Celery application: queue settings, tasks, and what keeps a worker's claims and leases alive."""
