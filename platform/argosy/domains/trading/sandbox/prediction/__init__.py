"""Sandbox module of the prediction market: its windows, books, accounts and servers."""
