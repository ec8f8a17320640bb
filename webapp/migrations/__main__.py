"""Write the next numbered migration: `python -m webapp.migrations "what it does"`.

It compares the models with a new embedded database brought up to the newest migration there is.
"""

import sys
import tempfile
from pathlib import Path

from webapp import config, db, migrations


def main(message: str) -> None:
    """Write versions/NNNN_message.py; read it before you commit it."""
    with tempfile.TemporaryDirectory() as folder:
        database = db.connect(config.from_environment({"HOME": folder}))
        numbered = sorted(path.name[:4] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
        number = f"{int(numbered[-1]) + 1 if numbered else 1:04}"
        with database.owning() as session:
            if numbered:
                migrations.upgrade(session.connection())
            migrations.new(session.connection(), message, number)
        database.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
