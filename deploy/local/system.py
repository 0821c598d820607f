"""The whole system on one machine: broker, the four services and the catcher, as one context."""

import fcntl
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import requests

from deploy.local.broker import await_answer
from deploy.local.finding import find_broker
from deploy.local.ports import LOOPBACK, is_free
from deploy.local.processes import Program, end_holder, wait_until
from deploy.local.supervisor import running
from deploy.local.terminal import Failed, say
from shared.clock import set_clock
from shared.ids import ticket_code
from shared.settings import ensure_keys

DEMO_DIRECTORY = Path(__file__).parent.parent / "demo"
SERVICES = ("records", "routing", "notify", "intake")
READY_SECONDS = 120


@dataclass(frozen=True)
class Local:
    """What the person chose. The catcher's page is at ``port`` + 1, its SMTP server at ``port`` + 2.

    ``metrics_port``: where Prometheus finds the first of ``SERVICES``; the others are at the ports after it.
    ``directory`` is the folder that a new home's directory and channels come from.
    """

    home: Path
    port: int = 8000
    clock_speed: float | None = None
    amqp_uri: str | None = None
    database_url: str | None = None
    docker_image: str = "rabbitmq:4"
    directory: Path = DEMO_DIRECTORY
    metrics_port: int | None = None

    @property
    def ports(self) -> list[int]:
        """All that must be free."""
        metrics = range(self.metrics_port, self.metrics_port + len(SERVICES)) if self.metrics_port is not None else ()
        return [*range(self.port, self.port + 3), *metrics]

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def catcher_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port + 1}"

    @property
    def pids(self) -> Path:
        return self.home / "pids"


class AlreadyRunning(Exception):
    """Another runner has this home; the text is its URL."""


def read_local(environment: Mapping[str, str]) -> Local:
    """The choices from the environment. Raises ``Failed`` for a number that is none."""
    speed, metrics_port = environment.get("LOUMEN_CLOCK_SPEED"), environment.get("LOUMEN_METRICS_PORT")
    try:
        return Local(
            home=Path(environment.get("LOUMEN_HOME") or ".run").absolute(),
            port=int(environment.get("LOUMEN_PORT") or Local.port),
            clock_speed=float(speed) if speed else None,
            amqp_uri=environment.get("AMQP_URI") or None,
            database_url=environment.get("DATABASE_URL") or None,
            docker_image=environment.get("LOUMEN_RABBITMQ_IMAGE") or Local.docker_image,
            directory=Path(environment.get("LOUMEN_DIRECTORY") or Local.directory).absolute(),
            metrics_port=int(metrics_port) if metrics_port else None,
        )
    except ValueError as error:
        raise Failed(f"端口或 LOUMEN_CLOCK_SPEED 不是数字：{error}", f"not a number: {error}") from error


@contextmanager
def whole_system(local: Local, *, quiet: bool = False) -> Iterator[str]:
    """Everything is up, ready and has its directory while the block runs; then all that was started ends.

    Gives the broker's address. The services speak at the terminal or, ``quiet``, in files under ``logs``. Raises
    ``AlreadyRunning``, and ``Failed`` when something cannot be had.
    """
    with _only_one(local):
        _end_leftovers(local)
        _require_ports(local)
        broker = find_broker(local.home, local.amqp_uri, local.docker_image)
        with running(broker.programs, local.pids):
            if broker.log:
                await_answer(broker.uri, broker.log)
            with services_running(local, broker.uri, quiet=quiet):
                yield broker.uri


@contextmanager
def services_running(local: Local, amqp_uri: str, *, quiet: bool) -> Iterator[Mapping[str, str]]:
    """The services and the catcher, on a broker that runs already; gives the environment they are in."""
    environment = prepare(local, amqp_uri)
    with ready(local, environment, service_programs(environment, local.home / "logs" if quiet else None)):
        yield environment


def prepare(local: Local, amqp_uri: str) -> dict[str, str]:
    """Keys, clock and databases as the services need them; the environment to run them in."""
    ensure_keys(local.home)
    if local.clock_speed is not None:
        set_clock(local.home / "clock.json", speed=local.clock_speed)
    environment = _environment(local, amqp_uri)
    loumen(environment, "migrate")
    return environment


@contextmanager
def ready(local: Local, environment: Mapping[str, str], programs: Sequence[Program]) -> Iterator[None]:
    """The programs run, with the directory loaded, until the block ends."""
    with running(programs, local.pids):
        _load_directory(local, environment)
        _await_ready(local)
        yield


@contextmanager
def _only_one(local: Local) -> Iterator[None]:
    local.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (local.home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(lock.read().strip()) from None
        lock.truncate(0)
        lock.write(f"{local.url}\n")
        lock.flush()
        yield


def _end_leftovers(local: Local) -> None:
    """A runner that was killed leaves its programs behind; each still holds its pid file."""
    for pid_file in sorted(local.pids.glob("*")):
        if end_holder(pid_file):
            name = pid_file.name
            say(f"上次运行遗留的 {name} 已结束", f"{name} was left over from an earlier run: ended")


def _require_ports(local: Local) -> None:
    for port in local.ports:
        if not is_free(port):
            raise Failed(
                f"端口 {port} 已被占用。请换一个：LOUMEN_PORT=9000 make run（占用连续三个端口）",
                f"Port {port} is taken. Choose another: LOUMEN_PORT=9000 make run (it needs three in a row)",
            )


def _environment(local: Local, amqp_uri: str) -> dict[str, str]:
    """What the services are told; also written to ``env`` in the home, for ``make audit`` and other commands."""
    ours = {
        "LOUMEN_HOME": str(local.home),
        "LOUMEN_PORT": str(local.port),
        "AMQP_URI": amqp_uri,
        "LOUMEN_SMTP_HOST": LOOPBACK,
        "LOUMEN_SMTP_PORT": str(local.port + 2),
        "LOUMEN_CHANNELS": os.environ.get("LOUMEN_CHANNELS") or str(local.directory / "channels.yaml"),
        "LOUMEN_CATCHER_URL": local.catcher_url,
        "LOUMEN_WEBHOOK_SECRET": _kept_secret(local.home / "keys" / "webhook"),
    }
    if local.metrics_port is not None:
        ours["LOUMEN_METRICS_PORT"] = str(local.metrics_port)
    if local.database_url:
        ours["DATABASE_URL"] = local.database_url
    if photos := os.environ.get("LOUMEN_PHOTOS"):
        ours["LOUMEN_PHOTOS"] = photos if photos.startswith("s3://") else str(Path(photos).absolute())
        ours["LOUMEN_PHOTOS_KEY"] = os.environ.get("LOUMEN_PHOTOS_KEY", "")
    kept = local.home / "env"
    kept.touch(mode=0o600)
    kept.write_text("".join(f"{key}={shlex.quote(value)}\n" for key, value in ours.items()))
    return os.environ | ours | {"PYTHONUNBUFFERED": "1"}


def _kept_secret(path: Path) -> str:
    """The demo webhook's secret, which its receiver (the catcher) must know as well."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()


def service_programs(environment: Mapping[str, str], logs: Path | None) -> list[Program]:
    """The four services and the catcher, speaking at the terminal or in files under ``logs``."""
    if logs:
        logs.mkdir(exist_ok=True)
    modules = {name: f"services.{name}" for name in SERVICES} | {"catcher": "deploy.local.catcher"}
    return [
        Program(
            name,
            (sys.executable, "-m", module),
            _with_own_port(environment, at),
            logs / f"{name}.log" if logs else None,
        )
        for at, (name, module) in enumerate(modules.items())
    ]


def _with_own_port(environment: Mapping[str, str], at: int) -> Mapping[str, str]:
    """No two processes can answer Prometheus at one port."""
    first = environment.get("LOUMEN_METRICS_PORT")
    return {**environment, "LOUMEN_METRICS_PORT": str(int(first) + at)} if first else environment


def loumen(environment: Mapping[str, str], *arguments: str) -> None:
    """Run the ``loumen`` command. Raises ``Failed`` when it fails."""
    command = Path(sys.executable).with_name("loumen")
    if subprocess.run([command, *arguments], env=environment, check=False).returncode != 0:  # noqa: S603
        told = " ".join(arguments)
        raise Failed(f"命令失败：loumen {told}", f"this failed: loumen {told}")


def _await_ready(local: Local) -> None:
    """The door is open, and records answers behind it (404: there is no such ticket)."""

    def ready() -> bool:
        try:
            nobodys = requests.get(f"{local.url}/api/v1/tickets/{ticket_code(UUID(int=0))}", timeout=5)
            return requests.get(f"{local.url}/readyz", timeout=5).ok and nobodys.status_code == HTTPStatus.NOT_FOUND
        except requests.RequestException:
            return False

    if not wait_until(ready, READY_SECONDS):
        raise Failed("服务没有就绪，原因见上面的输出", "The services did not become ready; the lines above say why")


def _load_directory(local: Local, environment: Mapping[str, str]) -> None:
    """Only the first time: a home may have got a directory of its own since."""
    done = local.home / "demo-directory-loaded"
    if not done.exists():
        loumen(environment, "directory", "load", str(local.directory))
        done.touch()
