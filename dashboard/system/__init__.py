"""Platform health, activity and settings."""
