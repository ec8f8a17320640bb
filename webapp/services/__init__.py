"""Verbs. Each takes an ORM session, who acts, and `now`; it flushes and never commits."""
