"""Runs, their nodes and their inputs."""
