"""Database engines, operations, migrations and locks, without any table's meaning."""
