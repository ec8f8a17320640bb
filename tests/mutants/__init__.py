"""Mistakes in the rules of access, made on purpose, one at a time, to see that a test notices each."""
