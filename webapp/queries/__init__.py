"""SELECTs: Core statements built once, frozen dataclasses out, one query per part of a screen."""
