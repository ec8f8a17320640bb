"""The `cairn` command, run the way a person runs it: as a process of its own."""

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from webapp.domain.sharing import PART_2_NOTICE

pytestmark = pytest.mark.real_clock
BETSY = Path(__file__).parent.parent / "fixtures" / "sample_plans" / "eltss-betsy.json"
ROLES = {"client", "supporter", "care-team", "admin"}


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return cairn_in(tmp_path)


def cairn_in(folder: Path) -> dict[str, str]:
    """The environment of a Cairn that keeps data and keys in a folder, and was told nothing else."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CAIRN_")}
    return kept | {"CAIRN_DATA": str(folder / "data"), "CAIRN_CONFIG": str(folder / "config")}


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Cairn with demo people, for all tests that begin with one: a folder for data and one for keys."""
    folder = tmp_path_factory.mktemp("demo")
    assert cairn(cairn_in(folder), "demo").returncode == 0
    return folder


@pytest.fixture
def demo(env: dict[str, str], made_once: Path) -> dict[str, str]:
    """The environment of a Cairn of one's own with demo people."""
    for name in ("CAIRN_DATA", "CAIRN_CONFIG"):
        shutil.copytree(made_once / Path(env[name]).name, env[name])
    return env


def cairn(env: dict[str, str], *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "webapp.cli", *words]
    return subprocess.run(command, env=env, input=text, capture_output=True, text=True, timeout=60, check=False)


def at_a_terminal(env: dict[str, str], *words: str) -> tuple[str, str]:
    """What a command prints, and what it shows beside it to somebody who sits at a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "webapp.cli", *words]
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # so the end of a terminal is told on Linux
            while part := os.read(ours, 4096):
                seen += part
        os.close(ours)
        assert process.stdout is not None
        return process.stdout.read().decode(), seen.decode()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(address: str, seconds: float = 30) -> bytes:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_demo_prints_a_line_for_every_role_and_each_can_be_split_into_four_words(env: dict[str, str]) -> None:
    done = cairn(env, "demo")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert {len(line) for line in lines} == {4}
    assert {line[1] for line in lines} == ROLES | {"code"}
    assert lines[-1][1:3] == ["code", "care-team,admin"]
    assert re.fullmatch("[0-9]{6}", lines[-1][3])
    assert "demo-demo-demo-2222" in done.stderr


def test_demo_never_touches_a_cairn_with_people_in_it(env: dict[str, str]) -> None:
    cairn(env, "init", "--email", "ada@example.test", "--name", "Ada Brook", text="a-long-quiet-sunday\n" * 2)
    done = cairn(env, "demo")
    assert done.returncode != 0
    assert "empty" in done.stderr


def test_whoever_lost_everything_is_let_set_it_up_anew_by_a_command(demo: dict[str, str]) -> None:
    done = cairn(demo, "reset-second-factor", "Ruth@demo.example")
    assert done.returncode == 0
    assert "signed out everywhere" in done.stdout
    unknown = cairn(demo, "reset-second-factor", "nobody@demo.example")
    assert (unknown.returncode, "no account" in unknown.stderr) == (1, True)


def test_init_makes_one_admin_and_no_second(env: dict[str, str]) -> None:
    words = ("init", "--email", "ada@example.test", "--name", "Ada Brook", "--password", "a-long-quiet-sunday")
    first = cairn(env, *words)
    assert first.returncode == 0
    (key,) = re.findall(r"the public key is (\S+)", first.stdout)
    secret = (Path(env["CAIRN_CONFIG"]) / "vapid.key").read_text()
    assert (len(key), secret in first.stdout) == (87, False)
    again = cairn(env, *words)
    assert again.returncode != 0
    assert "admin already" in again.stderr


def test_init_says_why_a_password_will_not_do(env: dict[str, str]) -> None:
    done = cairn(env, "init", "--email", "a@example.test", "--name", "A", "--password", "short")
    assert done.returncode != 0
    assert "15" in done.stderr


@pytest.mark.parametrize(("email", "name", "said"), [("ada", "Ada", "not an e-mail"), ("a@example.test", " ", "name")])
def test_init_refuses_an_admin_nobody_could_write_to_or_name(
    env: dict[str, str], email: str, name: str, said: str
) -> None:
    done = cairn(env, "init", "--email", email, "--name", name, "--password", "a-long-quiet-sunday")
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    ("client", "said"), [("betsy smith@example.test", "not an e-mail"), ("ruth@demo.example", "two people")]
)
def test_a_plan_is_not_imported_for_somebody_who_cannot_be_its_client(
    demo: dict[str, str], client: str, said: str
) -> None:
    done = cairn(demo, "import-plan", str(BETSY), "--client", client, "--care-team", "ruth@demo.example")
    assert done.returncode == 1
    assert said in done.stderr


def test_a_plan_goes_in_and_comes_out_the_same_with_the_notice_of_the_law_beside_it(
    demo: dict[str, str], tmp_path: Path
) -> None:
    private = json.loads(BETSY.read_text())
    private["goals"][0]["steps"][0]["substance_use"] = True
    file = tmp_path / "private.json"
    file.write_text(json.dumps(private))
    for plan, beside in ((BETSY, ""), (file, PART_2_NOTICE)):
        done = cairn(
            demo, "import-plan", str(plan), "--client", "betsy@example.test", "--care-team", "ruth@demo.example"
        )
        assert done.returncode == 0, done.stderr
        assert "6 steps" in done.stdout
        out = cairn(demo, "export-plan", "--client", "betsy@example.test")
        assert json.loads(out.stdout) == json.loads(plan.read_text())
        assert out.stderr.strip() == beside


def test_a_broken_plan_is_refused_with_the_place_and_leaves_no_account(demo: dict[str, str], tmp_path: Path) -> None:
    broken = json.loads(BETSY.read_text())
    broken["goals"][0]["steps"][1]["frequency"]["count"] = "often"
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken))
    done = cairn(demo, "import-plan", str(file), "--client", "betsy@example.test", "--care-team", "ruth@demo.example")
    assert done.returncode != 0
    assert "goals[0].steps[1].frequency.count" in done.stderr
    assert cairn(demo, "export-plan", "--client", "betsy@example.test").returncode != 0


def test_long_work_shows_how_far_it_is_at_a_terminal_and_nothing_in_a_pipe(env: dict[str, str], tmp_path: Path) -> None:
    _, seen = at_a_terminal(env, "demo")
    assert "Bringing the database up to date" in seen
    assert "100%" in seen
    whose = ("--client", "betsy@example.test", "--care-team", "ruth@demo.example")
    printed, seen = at_a_terminal(env, "import-plan", str(BETSY), *whose)
    assert "6 steps" in printed
    assert re.search(r"Writing the steps .*100%", seen)
    assert "up to date" not in seen, "nothing to do, nothing to show"
    printed, seen = at_a_terminal(env, "export-plan", "--client", "betsy@example.test")
    assert json.loads(printed) == json.loads(BETSY.read_text())
    assert re.fullmatch(r"The plan is written: [\d,]+ bytes\.\s*", seen)
    assert re.search(r"Copying, then reading it back .*100%", at_a_terminal(env, "backup")[1])
    piped = [("import-plan", str(BETSY), *whose), ("export-plan", *whose[:2]), ("backup", str(tmp_path / "copy.db"))]
    for words in piped:
        done = cairn(env, *words)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_a_backup_is_made_where_one_says_and_never_over_another_file(demo: dict[str, str], tmp_path: Path) -> None:
    assert "There is no backup yet" in cairn(demo, "backups").stdout
    file = tmp_path / "copy.db"
    made = cairn(demo, "backup", str(file))
    assert re.match(rf"Backed up and read back whole: {file}, [\d,]+ bytes\.\n", made.stdout)
    assert str(tmp_path / "config") in made.stdout
    before = file.read_bytes()
    again = cairn(demo, "backup", str(file))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert file.read_bytes() == before
    nowhere = cairn(demo, "backup", str(tmp_path / "nowhere" / "copy.db"))
    assert (nowhere.returncode, "There is no folder" in nowhere.stderr) == (1, True)
    assert cairn(demo, "backup").returncode == 0
    listed = cairn(demo, "backups").stdout
    assert re.search(r"bytes +asked for +cairn-[\d-]+-at-\d{6}\.db\n1 in ", listed)


def test_one_backup_at_a_time(demo: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "data" / "backups"
    place.mkdir()
    with open(place / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = cairn(demo, "backup")
    assert (done.returncode, "being made just now" in done.stderr) == (1, True)


def test_what_kept_a_backup_from_being_made_is_said(demo: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data" / "backups").mkdir()
    (tmp_path / "data" / "backups" / ".lock").mkdir()
    done = cairn(demo, "backup")
    assert done.returncode == 1
    assert "No backup was made: " in done.stderr
    assert "Traceback" not in done.stderr


def test_check_says_what_is_wrong_in_plain_words(env: dict[str, str]) -> None:
    fresh = cairn(env, "check")
    assert fresh.returncode == 1
    assert "has not been set up yet" in fresh.stdout
    cairn(env, "demo")
    assert "jobs have never run" in cairn(env, "check").stdout
    no_mail = cairn(env | {"CAIRN_SMTP_URL": f"smtp://127.0.0.1:{free_port()}"}, "check")
    assert re.search(r"mail +LOOK +the mail server at 127\.0\.0\.1:\d+ does not answer", no_mail.stdout)
    down = {"CAIRN_DATABASE_URL": f"postgresql+psycopg://cairn:secret@127.0.0.1:{free_port()}/cairn"}
    no_database = cairn(env | down, "check")
    assert no_database.returncode == 1
    assert re.search(r"database +LOOK .* does not answer", no_database.stdout)
    assert "secret" not in no_database.stdout + no_database.stderr
    unsafe = cairn(env | {"CAIRN_MODE": "production"}, "check")
    assert unsafe.returncode == 1
    assert "CAIRN_SECRET_KEY" in unsafe.stdout


def test_a_database_with_another_key_is_said_so_in_plain_words(demo: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config" / "database.key").write_text("0" * 64)
    done = cairn(demo, "demo")
    assert done.returncode != 0
    assert "can't be opened with the key" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_written_is_said_with_its_folder(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data" / "cairn.db").mkdir(parents=True)
    done = cairn(env, "demo")
    assert done.returncode == 1
    assert f"must be allowed to write in the folder {tmp_path / 'data'}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def served(env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str, dict[str, str]]]:
    port = free_port()
    env = env | {"PORT": str(port)}
    command = [sys.executable, "-m", "webapp.cli", "serve", "--demo"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
    yield process, f"http://127.0.0.1:{port}", env
    if process.poll() is None:
        process.kill()
    process.wait()


Served = tuple[subprocess.Popen[str], str, dict[str, str]]


def test_serve_prints_its_address_serves_web_and_jobs_and_stops_cleanly(served: Served) -> None:
    process, address, env = served
    wait_for(f"{address}/sign-in")
    health = json.loads(wait_for(f"{address}/healthz"))
    assert health["status"] == "ok"
    assert health["jobs_heartbeat_seconds"] < 60
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert address in printed
    assert "demo client mary@demo.example" in printed
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/healthz", timeout=2)


def below(pid: int) -> list[int]:
    """List the children of a process, and theirs."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [inner for child in children for inner in below(child)]


def still_there(pids: list[int], seconds: float = 8) -> list[int]:
    """List those of the processes that do not end in that time."""
    deadline = time.monotonic() + seconds
    while True:
        there = []
        for pid in pids:
            with suppress(OSError):
                if ") Z " not in Path(f"/proc/{pid}/stat").read_text():
                    there.append(pid)
        if not there or time.monotonic() > deadline:
            return there
        time.sleep(0.05)


def test_ctrl_c_in_a_terminal_ends_every_process_at_once(served: Served) -> None:
    process, address, _ = served
    wait_for(f"{address}/healthz")
    pids = below(process.pid)
    assert len(pids) == 3, "web, its worker, and jobs"
    os.killpg(process.pid, signal.SIGINT)
    assert still_there(pids) == []
    assert process.wait(5) == 0


def test_nothing_stays_behind_when_the_one_that_started_both_is_killed(served: Served) -> None:
    process, address, env = served
    wait_for(f"{address}/healthz")
    pids = below(process.pid)
    process.kill()
    assert still_there(pids) == []
    again = subprocess.Popen([sys.executable, "-m", "webapp.cli", "serve", "--demo"], env=env)
    wait_for(f"{address}/healthz")
    again.terminate()
    assert again.wait(20) == 0


def test_a_killed_web_server_leaves_no_worker_behind(served: Served) -> None:
    process, address, _ = served
    wait_for(f"{address}/healthz")
    pids = below(process.pid)
    web = next(pid for pid in pids if b"web" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
    os.kill(web, signal.SIGKILL)
    assert process.wait(25) != 0
    assert still_there(pids) == []


def test_ctrl_c_ends_the_web_server_that_runs_alone(env: dict[str, str]) -> None:
    port = free_port()
    command = [sys.executable, "-m", "webapp.cli", "web"]
    process = subprocess.Popen(command, env=env | {"PORT": str(port)}, start_new_session=True)
    wait_for(f"http://127.0.0.1:{port}/sign-in")
    pids = below(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(8) == 0
    assert still_there(pids) == []


@pytest.mark.parametrize("command", [("serve", "--demo"), ("web",)])
def test_a_port_that_is_taken_is_said_in_a_sentence_before_anything_starts(
    env: dict[str, str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = cairn(env | {"PORT": str(taken.getsockname()[1])}, *command)
    assert done.returncode == 1
    assert "set PORT to another number" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "cairn.db").exists()


def test_two_cairns_never_share_a_port(served: Served) -> None:
    _, address, env = served
    wait_for(f"{address}/healthz")
    assert cairn(env, "serve", "--demo").returncode == 1


def test_a_port_that_cannot_be_is_said_in_a_sentence(env: dict[str, str]) -> None:
    done = cairn(env | {"PORT": "80000"}, "web")
    assert done.returncode == 1
    assert "There is no port 80000" in done.stderr


def test_a_second_start_keeps_the_data(env: dict[str, str]) -> None:
    first, second = (cairn(env, "demo").stdout.splitlines() for _ in range(2))
    assert first[:-1] == second[:-1]  # the last line is the code of the moment


def test_when_one_of_the_two_ends_the_other_does_not_stay_behind_alone(served: Served) -> None:
    process, address, _ = served
    wait_for(f"{address}/healthz")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    jobs = next(pid for pid in children if b"jobs" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(int(jobs), signal.SIGKILL)
    process.communicate(timeout=25)
    assert process.returncode not in (0, None)


def test_flask_users_find_the_app_where_they_expect_it(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "webapp.app", "routes"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert "today.page" in done.stdout
