"""The dashboard's server: a JSON API, a live WebSocket, metrics, and the built front end."""
