"""Intents: decisions on actions, their facts and their outcomes."""
