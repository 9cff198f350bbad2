"""Mutation tests of the modules that guard money: every comparison and every `and`, `or`, `not` is changed in turn."""
