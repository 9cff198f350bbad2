"""Server of the dashboard: JSON API, live WebSocket, metrics and the built front end."""
