"""Cairn: the part of recovery that happens between sessions.

A grid: folders are layers, files are nouns (steps, check_ins, commitments, coping, sharing …).

    domain/     pure rules: cadence, adherence, commitments, sharing, reminders
    models/     tables and what must be true in them; owners.py says whose each table is
    guard/      beneath every statement: nothing of anybody's outside of a scope, whatever a query forgot
    queries/    SELECTs that return frozen dataclasses
    services/   verbs; they flush, the edge commits
    notify/     one file per channel a message can take
    interop/    plan files, calendar feeds, crisis lines: read and write
    views/      thin: parse, call, render; policies.py says who may enter which route
    migrations/ Alembic, numbered
    translations/ the catalogues; English stands in the code

Edges: config (environment, read once), clock (the only one that reads the time), keyring (keys of encrypted fields),
disk (files that outlast a power cut), db (connections), guard (beneath every statement), setup (migrate before
serving), backups (make, verify and restore them), audit (`cairn audit`: who looked, checked from outside), app
(create_app), cli (the `cairn` command) with checks (`cairn check`) and processes (`cairn serve`). The timetable of
background work is in `jobs/`.
"""

__version__ = "0.1.0"
