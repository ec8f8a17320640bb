"""who looked, in a sealed chain for each client; and accounts that were, or will be, deleted.

Looks from before come in as they stand: from here on nobody changes them unnoticed.
"""

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.domain.looks import Head, seal
from webapp.models import base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

AT_ONCE = 1000
BEFORE = sa.table(
    "looks_before",
    sa.column("id", base.Id),
    sa.column("client_id", base.Id),
    sa.column("by_id", base.Id),
    sa.column("at", base.Utc(timezone=True)),
    sa.column("page", sa.String()),
)
LOOKS = sa.table("looks", *(sa.column(one.name, one.type) for one in BEFORE.c), sa.column("seq"), sa.column("mac"))
CHAINS = sa.table("look_chains", sa.column("client_id", base.Id), sa.column("seq"), sa.column("mac"))

ADDED_ONLY = "what stands here is only ever added to"
LEFT = "EXISTS (SELECT 1 FROM departures WHERE person_id = OLD.{whose})"
SQLITE = {  # name: when, on what, whether, and what then
    "people_chain": ("AFTER INSERT ON people", "true", "INSERT INTO look_chains VALUES (NEW.id, 0, '')"),
    "looks_next": (
        "AFTER INSERT ON looks",
        "true",
        "UPDATE look_chains SET seq = NEW.seq, mac = NEW.mac WHERE client_id = NEW.client_id AND seq = NEW.seq - 1;"
        " SELECT RAISE(ABORT, 'not the next look of this client')"
        " WHERE (SELECT seq FROM look_chains WHERE client_id = NEW.client_id) IS NOT NEW.seq",
    ),
    "looks_kept": ("BEFORE UPDATE ON looks", "true", f"SELECT RAISE(ABORT, '{ADDED_ONLY}')"),
    "looks_stay": (
        "BEFORE DELETE ON looks",
        f"NOT {LEFT.format(whose='client_id')}",
        f"SELECT RAISE(ABORT, '{ADDED_ONLY}')",
    ),
    "look_chains_forward": (
        "BEFORE UPDATE ON look_chains",
        "NEW.client_id <> OLD.client_id OR NEW.seq <> OLD.seq + 1",
        f"SELECT RAISE(ABORT, '{ADDED_ONLY}')",
    ),
    "look_chains_stay": (
        "BEFORE DELETE ON look_chains",
        f"NOT {LEFT.format(whose='client_id')}",
        f"SELECT RAISE(ABORT, '{ADDED_ONLY}')",
    ),
    "departures_kept": ("BEFORE UPDATE ON departures", "true", f"SELECT RAISE(ABORT, '{ADDED_ONLY}')"),
    "departures_stay": ("BEFORE DELETE ON departures", "true", f"SELECT RAISE(ABORT, '{ADDED_ONLY}')"),
}
REFUSE = f"BEGIN RAISE EXCEPTION '{ADDED_ONLY}'; END"
POSTGRES_FUNCTIONS = {
    "cairn_new_chain": "BEGIN INSERT INTO look_chains VALUES (NEW.id, 0, ''); RETURN NEW; END",
    "cairn_next_look": (
        "BEGIN UPDATE look_chains SET seq = NEW.seq, mac = NEW.mac"
        " WHERE client_id = NEW.client_id AND seq = NEW.seq - 1;"
        " IF NOT FOUND THEN RAISE EXCEPTION 'not the next look of this client'; END IF; RETURN NEW; END"
    ),
    "cairn_only_forward": (
        "BEGIN IF NEW.client_id <> OLD.client_id OR NEW.seq <> OLD.seq + 1"
        f" THEN RAISE EXCEPTION '{ADDED_ONLY}'; END IF; RETURN NEW; END"
    ),
    "cairn_gone_with_account": (
        f"BEGIN IF NOT {LEFT.format(whose='client_id')} THEN RAISE EXCEPTION '{ADDED_ONLY}'; END IF; RETURN OLD; END"
    ),
    "cairn_only_added": REFUSE,
}
POSTGRES = {
    "people_chain": ("AFTER INSERT ON people FOR EACH ROW", "cairn_new_chain"),
    "looks_next": ("AFTER INSERT ON looks FOR EACH ROW", "cairn_next_look"),
    "looks_kept": ("BEFORE UPDATE ON looks FOR EACH ROW", "cairn_only_added"),
    "looks_stay": ("BEFORE DELETE ON looks FOR EACH ROW", "cairn_gone_with_account"),
    "looks_whole": ("BEFORE TRUNCATE ON looks FOR EACH STATEMENT", "cairn_only_added"),
    "look_chains_forward": ("BEFORE UPDATE ON look_chains FOR EACH ROW", "cairn_only_forward"),
    "look_chains_stay": ("BEFORE DELETE ON look_chains FOR EACH ROW", "cairn_gone_with_account"),
    "look_chains_whole": ("BEFORE TRUNCATE ON look_chains FOR EACH STATEMENT", "cairn_only_added"),
    "departures_kept": ("BEFORE UPDATE OR DELETE ON departures FOR EACH ROW", "cairn_only_added"),
    "departures_whole": ("BEFORE TRUNCATE ON departures FOR EACH STATEMENT", "cairn_only_added"),
}


def upgrade() -> None:
    instant = "DATETIME" if _embedded() else "TIMESTAMPTZ"
    op.execute("CREATE TABLE looks_before AS SELECT * FROM looks")
    op.drop_table("looks")
    for column in ("leaves_at", "left_at"):
        op.execute(f"ALTER TABLE people ADD COLUMN {column} {instant}")
    leaving = sa.text("leaves_at IS NOT NULL")
    op.create_index("ix_people_leaves_at", "people", ["leaves_at"], sqlite_where=leaving, postgresql_where=leaving)
    op.create_table(
        "look_chains",
        sa.Column("client_id", base.Id, nullable=False, autoincrement=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_look_chains_client_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_look_chains")),
    )
    op.create_table(
        "departures",
        sa.Column("person_id", base.Id, nullable=False, autoincrement=False),
        sa.Column("left_at", base.Utc(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_departures_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_departures")),
    )
    _make_looks(chained=True)
    op.execute("INSERT INTO look_chains SELECT id, 0, '' FROM people")
    _chain()
    op.drop_table("looks_before")
    _make_triggers()


def downgrade() -> None:
    op.execute("CREATE TABLE looks_before AS SELECT * FROM looks WHERE by_id IS NOT NULL")
    for name, when in (POSTGRES if not _embedded() else SQLITE).items():
        on = when[0].split(" ON ")[1].split()[0]
        op.execute(f"DROP TRIGGER {name}" if _embedded() else f"DROP TRIGGER {name} ON {on}")
    for name in () if _embedded() else POSTGRES_FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    for table in ("looks", "look_chains", "departures"):
        op.drop_table(table)
    _make_looks(chained=False)
    kept = "id, client_id, by_id, at, page"
    op.execute(f"INSERT INTO looks ({kept}) SELECT {kept} FROM looks_before")  # noqa: S608
    _go_on_counting()
    op.drop_table("looks_before")
    op.drop_index("ix_people_leaves_at", "people")
    for column in ("left_at", "leaves_at"):
        op.execute(f"ALTER TABLE people DROP COLUMN {column}")


def _embedded() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _make_looks(chained: bool) -> None:
    more: tuple[sa.schema.SchemaItem, ...] = ()
    if chained:
        more = (
            sa.Column("seq", sa.Integer(), nullable=False),
            sa.Column("mac", sa.String(), nullable=False),
            sa.UniqueConstraint("client_id", "seq", name=op.f("uq_looks_client_id_seq")),
        )
    op.create_table(
        "looks",
        sa.Column("by_id", base.Id, nullable=chained),
        sa.Column("at", base.Utc(timezone=True), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("id", base.Id, nullable=False),
        sa.Column("client_id", base.Id, nullable=False),
        *more,
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_looks_by_id")),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name=op.f("fk_looks_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index(op.f("ix_looks_client_id"), "looks", ["client_id"])
    op.create_index("ix_looks_client_id_at", "looks", ["client_id", "at"])


def _chain() -> None:
    """Seal the looks there are, by client and in their order."""
    connection = op.get_bind()
    ends: list[dict[str, Any]] = []
    looks = _sealed(connection, ends)
    while some := list(islice(looks, AT_ONCE)):
        connection.execute(LOOKS.insert(), some)
    for end in ends:
        connection.execute(CHAINS.update().where(CHAINS.c.client_id == end["client_id"]).values(end))
    _go_on_counting()


def _sealed(connection: sa.Connection, ends: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    order = BEFORE.select().order_by(BEFORE.c.client_id, BEFORE.c.at, BEFORE.c.id)
    for client_id, looks in groupby(connection.execute(order).all(), key=lambda look: look.client_id):
        head = Head(client_id)
        for look in looks:
            key = connection.get_execution_options()["cairn_audit_key"]
            head = Head(client_id, head.seq + 1, seal(key, head, look.by_id, look.at, look.page))
            yield {**look._mapping, "seq": head.seq, "mac": head.seal}
        ends.append({"client_id": client_id, "seq": head.seq, "mac": head.seal})


def _go_on_counting() -> None:
    if not _embedded():
        op.execute(
            "SELECT setval(pg_get_serial_sequence('looks', 'id'), coalesce((SELECT max(id) FROM looks), 0) + 1, false)"
        )


def _make_triggers() -> None:
    if _embedded():
        for name, (when, whether, what) in SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW WHEN {whether} BEGIN {what}; END")
        return
    for name, body in POSTGRES_FUNCTIONS.items():
        # They act with the rights of whoever owns the tables, whoever writes.
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            f"SET search_path FROM CURRENT AS $${body}$$"
        )
    for name, (when, function) in POSTGRES.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()")
