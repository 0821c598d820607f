"""Where a RabbitMQ comes from: the one named, an installed one, Docker, or the system's package manager."""

import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.broker import USER, VHOST, answers, installed_server, node_programs, prepare_node
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.processes import Program
from deploy.local.terminal import Failed, say

INSTALL_SCRIPT = Path(__file__).with_name("install-packages.sh")


@dataclass(frozen=True)
class Broker:
    """Its address, the programs to run for it (none for one that is not ours), and where it logs."""

    uri: str
    programs: tuple[Program, ...] = ()
    log: Path | None = None


def find_broker(home: Path, named_uri: str | None, docker_image: str) -> Broker:
    """The first that can be had, each step said aloud. Raises ``Failed`` at the end of the list."""
    if named_uri:
        if answers(named_uri):
            say("RabbitMQ：使用 AMQP_URI 指定的服务", "RabbitMQ: the one that AMQP_URI names")
            return Broker(named_uri)
        say("RabbitMQ：AMQP_URI 指定的服务没有应答，改用本机", "RabbitMQ: the one at AMQP_URI does not answer")
    if server := installed_server():
        return _private_node(home, server)
    say("RabbitMQ：本机未安装 rabbitmq-server，尝试 Docker", "RabbitMQ: no rabbitmq-server is installed; trying Docker")
    if _docker_runs():
        return _container(home, docker_image)
    say("RabbitMQ：Docker 不可用，尝试用 apt-get 安装", "RabbitMQ: no Docker engine answers; trying apt-get")
    if _install("rabbitmq-server") and (server := installed_server()):
        return _private_node(home, server)
    raise Failed(
        "找不到 RabbitMQ。请任选其一：安装 rabbitmq-server；启动 Docker；或用 AMQP_URI 指定一个服务",
        "No RabbitMQ to be had. Install rabbitmq-server, or start Docker, or name a server by AMQP_URI",
    )


def _private_node(home: Path, server: Path) -> Broker:
    folder = home / "rabbitmq"
    node = prepare_node(folder)
    say(
        f"RabbitMQ：启动私有节点（{server}），数据在 {folder}",
        f"RabbitMQ: starting a private node ({server}), data in {folder}",
    )
    return Broker(node.uri, node_programs(node, folder, server), folder / "console.log")


def _docker_runs() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0  # noqa: S607


def _container(home: Path, image: str) -> Broker:
    """A container with a name and a volume of this home's own; it goes at the end, the volume stays."""
    folder = home / "rabbitmq"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"loumen-{hashlib.sha256(str(home.absolute()).encode()).hexdigest()[:12]}"
    kept = folder / "password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24))
    [port], password, log = free_ports(1), kept.read_text(), folder / "console.log"
    subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)  # noqa: S603, S607
    settings = {"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": password, "RABBITMQ_DEFAULT_VHOST": VHOST}
    command = ["docker", "run", "--rm", "--name", name, "--hostname", name]
    command += [part for key in settings for part in ("--env", key)]  # the values stay out of the process list
    command += ["--publish", f"{LOOPBACK}:{port}:5672", "--volume", f"{name}:/var/lib/rabbitmq", image]
    say(f"RabbitMQ：启动 Docker 容器 {name}（{image}）", f"RabbitMQ: starting the Docker container {name} ({image})")
    program = Program("rabbitmq", tuple(command), os.environ | settings, log)
    return Broker(f"amqp://{USER}:{password}@{LOOPBACK}:{port}/{VHOST}", (program,), log)


def _install(package: str) -> bool:
    """Whether the package manager could install it; what it prints is shown."""
    return subprocess.run([INSTALL_SCRIPT, package], check=False).returncode == 0  # noqa: S603
