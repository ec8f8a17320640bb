"""The rules of Cairn, pure: no framework, no database, no clock, no chance."""
