"""A private RabbitMQ node: own name, ports, cookie, data and port mapper (epmd), on loopback only.

Nothing of the system's RabbitMQ is read or touched. The node's folder is all there is of it.
"""

import json
import os
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.ports import LOOPBACK, free_ports, is_free
from deploy.local.processes import Program, wait_until
from deploy.local.terminal import Failed

USER = VHOST = "loumen"
NODE_NAME = "loumen@localhost"
START_SECONDS = 120
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"
SERVER_PLACES = ("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/opt/homebrew/sbin", "/usr/local/opt/rabbitmq/sbin")
"""Debian's ``/usr/sbin/rabbitmq-server`` is a wrapper for root and the user rabbitmq; the real script is here."""


@dataclass(frozen=True)
class Node:
    """Where the node listens, and the password of its one user. Kept in the node's folder from run to run."""

    amqp_port: int
    distribution_port: int
    mapper_port: int
    management_port: int
    password: str

    @property
    def uri(self) -> str:
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self.amqp_port}/{VHOST}"

    @property
    def management_url(self) -> str:
        return f"http://{LOOPBACK}:{self.management_port}"

    @property
    def ports(self) -> tuple[int, ...]:
        return self.amqp_port, self.distribution_port, self.mapper_port, self.management_port


def installed_server() -> Path | None:
    """RabbitMQ's own start script, or None where it is not installed (its Erlang included)."""
    path = os.pathsep.join([*SERVER_PLACES, os.environ.get("PATH", "")])
    script = shutil.which("rabbitmq-server", path=path)
    return Path(script) if script and shutil.which("epmd") else None


def prepare_node(folder: Path) -> Node:
    """The node in ``folder``: as it was before, with other ports where one of the old ones is taken by now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / "node.json"
    node = Node(**json.loads(kept.read_text())) if kept.exists() else None
    if node is None or not all(is_free(port) for port in node.ports):
        password = node.password if node else secrets.token_urlsafe(24)
        amqp, distribution, mapper, management = free_ports(4)
        node = Node(amqp, distribution, mapper, management, password)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(asdict(node)))
    cookie = folder / ".erlang.cookie"
    if not cookie.exists():
        cookie.touch(mode=0o600)
        cookie.write_text(secrets.token_hex(20))
    config = folder / "rabbitmq.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"default_user = {USER}\n"
        f"default_pass = {node.password}\n"
        f"default_vhost = {VHOST}\n"
        f"listeners.tcp.1 = {LOOPBACK}:{node.amqp_port}\n"
        f"management.tcp.ip = {LOOPBACK}\n"
        f"management.tcp.port = {node.management_port}\n"
    )
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    return node


def node_programs(node: Node, folder: Path, server: Path) -> tuple[Program, ...]:
    """The port mapper and the node itself, to be run together."""
    env = _node_environment(node, folder.absolute())
    mapper = ("epmd", "-port", str(node.mapper_port), "-address", LOOPBACK)
    return (
        Program("epmd", mapper, env, folder / "epmd.log"),
        Program("rabbitmq", (str(server),), env, folder / "console.log"),
    )


def _node_environment(node: Node, folder: Path) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("RABBITMQ_", "ERL_"))}
    return inherited | {
        "HOME": str(folder),  # where the cookie is
        "ERL_EPMD_PORT": str(node.mapper_port),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_NODENAME": NODE_NAME,
        "RABBITMQ_DIST_PORT": str(node.distribution_port),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false",
        "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node: one pid, one signal
    }


def answers(uri: str) -> bool:
    """Whether an AMQP 0-9-1 server answers there."""
    address = urlsplit(uri)
    try:
        with socket.create_connection((address.hostname or LOOPBACK, address.port or 5672), timeout=3) as connection:
            connection.settimeout(3)
            connection.sendall(PROTOCOL_HEADER)
            return connection.recv(1) == METHOD_FRAME
    except OSError:
        return False


def await_answer(uri: str, log: Path) -> None:
    """Return when the broker answers. Raises ``Failed`` when it does not in good time."""
    if not wait_until(lambda: answers(uri), START_SECONDS):
        raise Failed(
            f"RabbitMQ 没有启动成功，原因见 {log}",
            f"RabbitMQ did not start; {log} says why",
        )
