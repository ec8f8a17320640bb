"""What tests lean on: a PostgreSQL, a mail server, a browser, a served app. Nothing here knows Cairn."""
