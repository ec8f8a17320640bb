"""The `cairn` command. Heavy imports stand inside the commands, so that each starts quickly."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from webapp import __version__, clock, keyring, processes
from webapp import config as configuration
from webapp.config import Config, ConfigurationError

if TYPE_CHECKING:
    from webapp.db import Database


@click.group()
@click.version_option(__version__, prog_name="cairn")
def main() -> None:
    """Cairn: the part of recovery that happens between sessions."""


def _config() -> Config:
    try:
        return configuration.from_environment()
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


def _database(config: Config) -> "Database":
    """Open the database and bring its tables up to date."""
    from webapp import db, setup
    from webapp.domain.scopes import everyone

    try:
        database = db.connect(config)
        with _counting("Bringing the database up to date") as tell:
            setup.prepare(database, config, tell)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    except setup.DatabaseProblem as error:
        raise click.ClickException(str(error)) from error
    return database.within(everyone("whoever may give this command holds the whole machine"))


@contextmanager
def _counting(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how much is done of how much, and shows it to whoever sits at a terminal.

    A bar appears once there is something to tell. Where the output goes into a file or another program: silence.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with ExitStack() as shown:
        bars: list[Any] = []

        def tell(done: int, of: int) -> None:
            if not bars:
                bars.append(shown.enter_context(click.progressbar(length=of, label=label, file=sys.stderr)))
            bars[0].update(done - bars[0].pos)

        yield tell


def _ensure_free(config: Config) -> None:
    try:
        processes.ensure_free(config.host, config.port)
    except processes.AddressTaken as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--demo", is_flag=True, help="Load the demo people if nobody is here yet.")
def serve(demo: bool) -> None:
    """Serve the web app and run the jobs, together, until stopped."""
    config = _config()
    _ensure_free(config)
    database = _database(config)
    if demo:
        _load_demo(config, database)
    database.dispose()
    click.echo(f"Cairn is at {config.origin}  (Ctrl-C stops it)")
    sys.stdout.flush()
    sys.exit(processes.run_together([["web"], ["jobs"]]))


tethered = click.option(
    "--tethered",
    is_flag=True,
    hidden=True,
    expose_value=False,
    is_eager=True,
    callback=lambda _context, _option, given: processes.end_with_parent() if given else None,
    help="End when standard input closes.",
)


@main.command()
@tethered
def web() -> None:
    """Serve the web app alone."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    config = _config()
    _ensure_free(config)
    _database(config).dispose()
    Granian(
        "webapp.processes:worker_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=config.host,
        port=config.port,
        blocking_threads=config.threads,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=processes.WORKER_PATIENCE,
        log_level=LogLevels.warning,
        log_access=False,  # addresses hold tokens: invitations, sign-in links, calendar feeds
    ).serve()


@main.command()
@tethered
def jobs() -> None:
    """Run the timetable of background work alone."""
    from jobs.__main__ import run

    config = _config()
    run(config, _database(config))


@main.command()
@click.option("--email", prompt="E-mail of the first admin", help="E-mail address of the first admin.")
@click.option("--name", prompt="Name of the first admin", help="Name of the first admin.")
@click.option("--organisation", default="Our practice", show_default=True, help="Name of the practice or clinic.")
@click.password_option(help="At least 15 characters; asked for when not given.")
def init(email: str, name: str, organisation: str, password: str) -> None:
    """Make the database, the first admin and the key that signs push messages."""
    from webapp.notify import push
    from webapp.services import setting_up

    config = _config()
    database = _database(config)
    try:
        with database.writing() as session:
            setting_up.first_admin(session, organisation, config.country, name, email, password, clock.now())
    except setting_up.NotPossible as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{email} can sign in at {config.origin}/sign-in")
    click.echo(f"Push messages are signed; the public key is {push.public_key(config)}")
    click.echo(
        f"Keep its secret half (vapid.key in {config.config}, unless CAIRN_VAPID_KEY is set): "
        "with another one, every phone has to turn reminders on again."
    )


@main.command()
def demo() -> None:
    """Load the demo people into an empty database; print how to sign in as them, with the code of the moment."""
    config = _config()
    if not _load_demo(config, _database(config)):
        raise click.ClickException("There are people in this database already; the demo needs an empty one.")


def _load_demo(config: Config, database: "Database") -> bool:
    """Load the demo people if nobody is here, print each demo account, and say whether there is one."""
    if config.production:
        raise click.ClickException("The demo people are not for production.")
    from webapp.services import demo as people

    if people.is_empty(database):
        people.load(database, config.country, clock.now(), config.secret_key)
    accounts = people.accounts(database)
    for account in accounts:
        click.echo(f"demo {account.role} {account.email} {account.password}")
    if any(account.email in people.STAFF for account in accounts):
        click.echo(f"demo code care-team,admin {people.code(clock.now())}")
        click.echo(
            "The code is asked for after the password; `cairn demo`, or `make code`, shows the next one.", err=True
        )
        click.echo(f"Each of these works once instead: {', '.join(people.CODES[:4])}", err=True)
    return bool(accounts)


@main.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Let somebody who lost phone and recovery codes set up a second step anew. Make sure first that it is they."""
    from webapp.services import second_factor

    with _database(_config()).writing() as session:
        found = second_factor.forget_all(session, email, clock.now())
    if not found:
        raise click.ClickException(f"There is no account of {email}.")
    click.echo(f"{email} is signed out everywhere. Passkeys, codes of an app and recovery codes of theirs are gone.")


@main.command("import-plan")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--client", required=True, help="E-mail of the client; an account is made if there is none.")
@click.option("--care-team", required=True, help="E-mail of the care-team member whose client this is.")
def import_plan(file: Path, client: str, care_team: str) -> None:
    """Read a plan-facts/1 FILE into a client's plan."""
    from webapp.services import plan_files

    database = _database(_config())
    try:
        with _counting("Writing the steps") as tell, database.writing() as session:
            report = plan_files.import_for(session, file.read_bytes(), client, care_team, clock.now(), tell)
    except plan_files.NotImported as error:
        raise click.ClickException(str(error)) from error
    click.echo(report.in_words())


@main.command("export-plan")
@click.option("--client", required=True, help="E-mail of the client.")
def export_plan(client: str) -> None:
    """Write a client's plan to standard output as plan-facts/1; the client can read that it was.

    With what is about substance use in it, the notice of the law comes beside the file, which stays as it came in.
    """
    from webapp.domain.sharing import PART_2_NOTICE
    from webapp.services import plan_files

    database = _database(_config())
    try:
        with database.writing() as session:
            written = plan_files.export_for(session, client, clock.now())
    except plan_files.NotExported as error:
        raise click.ClickException(str(error)) from error
    click.echo(written)
    if plan_files.is_about_substance_use(json.loads(written)):
        click.echo(PART_2_NOTICE, err=True)
    if sys.stderr.isatty():
        click.echo(f"The plan is written: {len(written.encode()):,} bytes.", err=True)


class _Backup(click.Group):
    """`cairn backup FILE` makes one there; what else may follow are the commands below."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(context, args if named else ["make", *args])


@main.group(cls=_Backup, options_metavar="", subcommand_metavar="[FILE | verify FILE]")
def backup() -> None:
    """Back up the database now: to FILE, or beside the backups of the nights."""


@backup.command("make", hidden=True)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def make_backup(file: Path | None) -> None:
    """Back up the database now: to FILE, or beside the backups of the nights."""
    from webapp import backups

    if file is not None and file.exists():
        raise click.ClickException(f"{file} is there already; a backup never takes the place of another file.")
    if file is not None and not file.absolute().parent.is_dir():
        raise click.ClickException(f"There is no folder {file.absolute().parent}.")
    config = _config()
    database = _database(config)
    try:
        with _counting("Copying, then reading it back") as tell:
            made = backups.at_once(
                database, config, clock.now(), file, lambda _stage, done, of: tell(done, of) if of else None
            )
    except backups.Busy as busy:
        raise click.ClickException("Another backup is being made just now. Try again in a minute.") from busy
    except backups.NOT_MADE as error:
        why = "the disk is full" if backups.is_full(error) else str(error)
        raise click.ClickException(f"No backup was made: {why}.") from error
    finally:
        database.dispose()
    click.echo(f"Backed up and read back whole: {made}, {made.stat().st_size:,} bytes.")
    key = f"the key in {config.config}" if database.embedded else "the keys in CAIRN_FIELD_KEYS"
    click.echo(f"It opens only with {key}: keep that, too, and in another place.")


a_backup = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@backup.command("verify")
@a_backup
def verify_backup(file: Path) -> None:
    """Read a backup from end to end, and say what it holds. Nothing is written."""
    from webapp import backups
    from webapp.backups.problems import Damaged

    try:
        rows = backups.verify(file, _config())
    except (Damaged, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file} is whole: {sum(rows.values()):,} rows in {len(rows)} tables, {rows.get('people', 0):,} people.")


@main.command()
@a_backup
@click.option("--replace", is_flag=True, help="Put it in the place of a database that has people; that is kept aside.")
@click.option("--despite-looks", is_flag=True, help="Restore it although who looked is not as it was written.")
def restore(file: Path, replace: bool, despite_looks: bool) -> None:
    """Put a backup in the place of the database, checked and brought up to date. Stop Cairn before."""
    from webapp.backups import NOT_MADE, Busy, problems, restoring

    config = _config()
    try:
        done = restoring.restore(config, file, clock.now(), restoring.Wish(replace, despite_looks))
    except (problems.NotRestored, Busy, *NOT_MADE) as error:
        raise click.ClickException(f"Nothing was restored. {error or 'A backup is being made just now.'}") from error
    click.echo(f"Restored and checked: {sum(done.rows.values()):,} rows, {done.rows.get('people', 0):,} people.")
    if done.again.deleted:
        click.echo(f"Accounts deleted again, because their owners have left since: {done.again.deleted:,}.")
    if done.again.waiting:
        click.echo(
            f"Accounts whose owners have left since, but from whom somebody has to take over: {done.again.waiting:,}. "
            "Somebody else has to be the admin, or have their clients; `cairn jobs` deletes them then."
        )
    if done.aside:
        click.echo(f"What was here before is kept: {done.aside}")


@main.command("backups")
def list_backups() -> None:
    """List the backups that are kept, the newest first."""
    from webapp.queries import backups

    config = _config()
    found = backups.all_of(config.backups)
    for one in found:
        why = "asked for" if one.asked_for else "nightly"
        click.echo(f"{one.at.astimezone():%Y-%m-%d %H:%M}  {one.size:>15,} bytes  {why:<9}  {one.name}")
    click.echo(f"{len(found)} in {config.backups}" if found else f"There is no backup yet in {config.backups}.")


@main.group()
def keys() -> None:
    """The keys of what PostgreSQL keeps encrypted: make one, and close everything anew with it."""


@keys.command("new")
def new_key() -> None:
    """Print CAIRN_FIELD_KEYS with one more key, which encrypts from then on; or put it where they are kept."""
    given, kept = os.environ.get("CAIRN_FIELD_KEYS", ""), None
    with suppress(ConfigurationError):  # what is missing yet may be just these keys
        kept = configuration.from_environment().config / configuration.FIELD_KEYS
    try:
        if kept and kept.exists() and not given:
            configuration.replace_keys(kept, keyring.with_a_new_key(kept.read_text()))
            click.echo(f"The new key stands in {kept}. Keep a copy in another place.")
        else:
            click.echo(f"CAIRN_FIELD_KEYS='{keyring.with_a_new_key(given)}'")
    except ValueError as error:
        raise click.ClickException(f"CAIRN_FIELD_KEYS: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{kept} can't be written ({error.strerror}); its keys are as they were.") from error
    click.echo("Start every process anew with it; after that, “cairn keys rotate”.", err=True)


@keys.command("list")
def list_keys() -> None:
    """Say how many fields each key has closed; a key with none may go, once no older backup needs it."""
    from webapp.queries import field_keys

    config = _config()
    with _on_server(config).reading() as connection:
        counts = field_keys.counts(connection)
    for number in sorted({*keyring.parse(config.field_keys).numbers, *counts}, key=int):
        click.echo(f"{number:>4}  {counts.get(number, 0):>15,} fields")


@keys.command("rotate")
def rotate_keys() -> None:
    """Close every secret field anew with the newest key. Stopped halfway, it goes on where it was."""
    from webapp.queries import field_keys
    from webapp.services import field_keys as service

    database = _on_server(_config())
    with database.reading() as connection:
        of = field_keys.left(connection)
    done = 0
    with _counting("Closing anew") as tell:
        for table in field_keys.tables():
            while True:
                with database.writing() as session:
                    some = service.rotate_some(session, table)
                if not some:
                    break
                done += some
                tell(min(done, of), of)
    click.echo(f"{done:,} rows are closed anew. “cairn keys list” says which keys are still in use.")
    click.echo("What was there before goes from PostgreSQL's files with VACUUM FULL.")


def _on_server(config: Config) -> "Database":
    """Open a PostgreSQL database; the embedded one has one key for all of it."""
    if config.database_url is None:
        raise click.ClickException("The embedded database has no field keys: it is encrypted as a whole.")
    return _database(config)


@main.group()
def audit() -> None:
    """Check who looked: whether looks were changed, taken out or cut off."""


@audit.command()
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of the checkpoints that was kept elsewhere, in place of the file in CAIRN_DATA.",
)
def verify(against: Path | None) -> None:
    """Read every look and say what is not as it was written; exits with 1 if anything is."""
    from webapp import audit as auditing

    config = _config()
    said = auditing.verify(_database(config), config, clock.now(), against)
    for problem in said.problems:
        click.echo(problem)
    since = f"{said.checkpoint:%Y-%m-%d %H:%M} UTC" if said.checkpoint else "none yet"
    click.echo(f"{said.looks:,} looks at {said.chains:,} clients were read; the last checkpoint: {since}.")
    if said.problems:
        sys.exit(1)
    click.echo("All of them are as they were written, and none is missing.")


@audit.command()
@click.option("--accept", is_flag=True, help="Take the looks as they stand, after a backup was restored.")
def checkpoint(accept: bool) -> None:
    """Write down now where each chain of looks ends, as the jobs do every hour."""
    from webapp import audit as auditing

    config = _config()
    done = auditing.checkpoint(_database(config), config, clock.now(), accept)
    click.echo(f"{'Written down' if done else 'Nobody looked since the last time'}: {config.checkpoints}")


@main.command()
def check() -> None:
    """Say in plain words what is wrong with the configuration, database, mail, push and clock."""
    from webapp import checks

    try:
        config = configuration.from_environment()
    except ConfigurationError as error:
        click.echo(f"configuration  {error}")
        sys.exit(1)
    findings = checks.all_of(config, clock.now())
    for finding in findings:
        click.echo(f"{finding.about:<14} {'ok' if finding.well else 'LOOK'}  {finding.words}")
    sys.exit(0 if all(finding.well for finding in findings) else 1)


if __name__ == "__main__":
    main()
