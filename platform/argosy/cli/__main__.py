"""`python -m argosy.cli`."""

from argosy.cli import main

main()
