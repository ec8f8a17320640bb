"""The `cairn` command, run the way a person runs it: as a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.real_clock
BETSY = Path(__file__).parent.parent / "fixtures" / "sample_plans" / "eltss-betsy.json"
ROLES = {"client", "supporter", "care-team", "admin"}


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CAIRN_")}
    return kept | {"CAIRN_DATA": str(tmp_path / "data"), "CAIRN_CONFIG": str(tmp_path / "config")}


def cairn(env: dict[str, str], *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "webapp.cli", *words]
    return subprocess.run(command, env=env, input=text, capture_output=True, text=True, timeout=60, check=False)


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
    assert {line[1] for line in lines} == ROLES


def test_demo_never_touches_a_cairn_with_people_in_it(env: dict[str, str]) -> None:
    cairn(env, "init", "--email", "ada@example.test", "--name", "Ada Brook", text="a-long-quiet-sunday\n" * 2)
    done = cairn(env, "demo")
    assert done.returncode != 0
    assert "empty" in done.stderr


def test_init_makes_one_admin_and_no_second(env: dict[str, str]) -> None:
    words = ("init", "--email", "ada@example.test", "--name", "Ada Brook", "--password", "a-long-quiet-sunday")
    assert cairn(env, *words).returncode == 0
    again = cairn(env, *words)
    assert again.returncode != 0
    assert "admin already" in again.stderr


def test_init_says_why_a_password_will_not_do(env: dict[str, str]) -> None:
    done = cairn(env, "init", "--email", "a@example.test", "--name", "A", "--password", "short")
    assert done.returncode != 0
    assert "15" in done.stderr


def test_a_plan_goes_in_and_comes_out_the_same(env: dict[str, str]) -> None:
    cairn(env, "demo")
    done = cairn(env, "import-plan", str(BETSY), "--client", "betsy@example.test", "--care-team", "ruth@demo.example")
    assert done.returncode == 0, done.stderr
    assert "6 steps" in done.stdout
    out = cairn(env, "export-plan", "--client", "betsy@example.test")
    assert json.loads(out.stdout) == json.loads(BETSY.read_text())


def test_a_broken_plan_is_refused_with_the_place_and_leaves_no_account(env: dict[str, str], tmp_path: Path) -> None:
    cairn(env, "demo")
    broken = json.loads(BETSY.read_text())
    broken["goals"][0]["steps"][1]["frequency"]["count"] = "often"
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken))
    done = cairn(env, "import-plan", str(file), "--client", "betsy@example.test", "--care-team", "ruth@demo.example")
    assert done.returncode != 0
    assert "goals[0].steps[1].frequency.count" in done.stderr
    assert cairn(env, "export-plan", "--client", "betsy@example.test").returncode != 0


def test_check_says_what_is_wrong_in_plain_words(env: dict[str, str]) -> None:
    fresh = cairn(env, "check")
    assert fresh.returncode == 1
    assert "has not been set up yet" in fresh.stdout
    cairn(env, "demo")
    assert "jobs have never run" in cairn(env, "check").stdout
    no_mail = cairn(env | {"CAIRN_SMTP_URL": f"smtp://127.0.0.1:{free_port()}"}, "check")
    assert re.search(r"mail +LOOK +the mail server at 127\.0\.0\.1:\d+ does not answer", no_mail.stdout)
    unsafe = cairn(env | {"CAIRN_MODE": "production"}, "check")
    assert unsafe.returncode == 1
    assert "CAIRN_SECRET_KEY" in unsafe.stdout


def test_a_database_with_another_key_is_said_so_in_plain_words(env: dict[str, str], tmp_path: Path) -> None:
    cairn(env, "demo")
    (tmp_path / "config" / "database.key").write_text("0" * 64)
    done = cairn(env, "demo")
    assert done.returncode != 0
    assert "can't be opened with the key" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def served(env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str, dict[str, str]]]:
    port = free_port()
    env = env | {"PORT": str(port)}
    command = [sys.executable, "-m", "webapp.cli", "serve", "--demo"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
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


def test_a_second_start_keeps_the_data(env: dict[str, str]) -> None:
    first = cairn(env, "demo").stdout
    assert cairn(env, "demo").stdout == first


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
