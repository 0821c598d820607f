"""A real Prometheus asks the real services and the real broker what the alerts and the dashboard want to know."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import yaml

from deploy.local.broker import installed_server, node_programs, prepare_node
from deploy.local.ports import LOOPBACK, is_free
from deploy.local.processes import Program, holder
from deploy.local.supervisor import running
from deploy.local.system import SERVICES, Local, services_running
from shared.bus.amqp_link import Link
from shared.bus.amqp_messages import Outgoing
from shared.bus.topology import COMMANDS, ROUTING_COMMANDS
from tests.journeys.steps import begin_on_a_monday
from tests.monitoring.deployed import ALERTS, CONFIG, alerts, grouped_by, queries, selectors
from tests.own_broker import Broker
from tests.own_server import standing_still
from tests.ports import free_port, three_free_ports
from tests.system import System, eventually

ASKED_EVERY = 1
"""Seconds; 15 in earnest."""
MADE_BY_PROMETHEUS = {"ALERTS"}
AWAY = ("BrokerAway", "DatabaseAway")


@dataclass(frozen=True)
class Prometheus:
    port: int

    def ask(self, path: str, **query: str) -> Any:
        answer = requests.get(f"http://{LOOPBACK}:{self.port}/api/v1/{path}", params=query, timeout=30)
        assert answer.ok, f"{query}: {answer.text}"
        return answer.json()["data"]

    def series(self, expression: str) -> list[dict[str, Any]]:
        """What an expression gives now: each with its labels (``metric``) and its value."""
        return list(self.ask("query", query=expression)["result"])

    def firing(self) -> set[tuple[str, str]]:
        """The alerts that fire now, each with the job that it is about."""
        labels = [each["labels"] for each in self.ask("alerts")["alerts"] if each["state"] == "firing"]
        return {(each["alertname"], each.get("job", "")) for each in labels}


@pytest.fixture(scope="module")
def prometheus_server() -> str:
    """The installed program."""
    return shutil.which("prometheus") or pytest.skip("no prometheus is installed")


@pytest.fixture(scope="module")
def broker(prometheus_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, int]]:
    """With RabbitMQ's own Prometheus plugin, as the container has it; and the plugin's port."""
    server = installed_server()
    if server is None:
        pytest.skip("no rabbitmq-server is installed")
    folder, port = tmp_path_factory.mktemp("rabbitmq"), free_port()
    node = prepare_node(folder)
    (folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")
    with (folder / "rabbitmq.conf").open("a") as config:
        config.write(f"prometheus.tcp.ip = {LOOPBACK}\nprometheus.tcp.port = {port}\n")
    broker = Broker(folder=folder, programs=node_programs(node, folder, server), node=node)
    broker.start()
    yield broker, port
    broker.stop()


@pytest.fixture(scope="module")
def system(broker: tuple[Broker, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Four services, each with a page for Prometheus."""
    home, uri = tmp_path_factory.mktemp("system"), broker[0].uri
    begin_on_a_monday(home)
    local = Local(home, three_free_ports(), amqp_uri=uri, metrics_port=_ports_in_a_row(len(SERVICES)))
    with services_running(local, uri, quiet=True) as environment:
        yield System(local, environment)


@pytest.fixture(scope="module")
def prometheus(
    prometheus_server: str, system: System, broker: tuple[Broker, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """With the deployed configuration, but for where things are, how often they are asked, and how long trouble lasts
    before it is one."""
    assert system.local.metrics_port is not None
    ports = {name: system.local.metrics_port + at for at, name in enumerate(SERVICES)}
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    (folder / "prometheus.yml").write_text(_configuration(ports, rabbitmq=broker[1]))
    (folder / ALERTS.name).write_text(re.sub(r"for: \d+m", "for: 0s", ALERTS.read_text()))
    argv = (
        prometheus_server,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={LOOPBACK}:{port}",
    )
    with running((Program("prometheus", argv, os.environ, folder / "log"),), folder / "pids"):
        prometheus = Prometheus(port)
        eventually(lambda: not is_free(port))
        eventually(lambda: requests.get(f"http://{LOOPBACK}:{port}/-/ready", timeout=30).ok)
        eventually(lambda: _all_asked(prometheus))
        yield prometheus


def _configuration(ports: dict[str, int], rabbitmq: int) -> str:
    config = yaml.safe_load(CONFIG.read_text())
    config["global"] = {"scrape_interval": f"{ASKED_EVERY}s", "evaluation_interval": f"{ASKED_EVERY}s"}
    for job in config["scrape_configs"]:
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [{"targets": [f"{LOOPBACK}:{ports.get(job['job_name'], rabbitmq)}"]}]
    return yaml.safe_dump(config)


def _ports_in_a_row(count: int) -> int:
    while True:
        first = free_port()
        if all(is_free(first + at) for at in range(count)):
            return first


def _all_asked(prometheus: Prometheus) -> bool:
    """Each target has answered: none is known at first."""
    targets = prometheus.ask("targets")["activeTargets"]
    return bool(targets) and all(target["health"] == "up" for target in targets)


@pytest.fixture(scope="module")
def lived(system: System, prometheus: Prometheus) -> None:
    """A ticket has been told, has climbed, and all that has been seen twice, so that there are rates."""
    filed = system.file()
    system.wait_for(filed, lambda ticket: ticket["status"] == "assigned")
    system.forward(days=3)
    system.wait_for(filed, lambda ticket: ticket["level"] == "community")
    climbs = "rate(loumen_climbs_total[5m])"
    told = 'sum(rate(loumen_deliveries_total{fate="sent"}[5m])) > 0'
    eventually(lambda: prometheus.series(climbs) and prometheus.series(told))


def test_every_metric_and_label_is_there(lived: None, prometheus: Prometheus) -> None:
    """What alerts and dashboard name is told by the services or the broker: each metric, and each label on it."""
    known = set(prometheus.ask("label/__name__/values"))
    expressions = [alert["expr"] for alert in alerts()] + [expression for _, expression in queries()]
    named = [each for expression in expressions for each in selectors(expression)]
    assert {name for name, _ in named} - MADE_BY_PROMETHEUS <= known
    for name, labels in named:
        for label in labels if name not in MADE_BY_PROMETHEUS else ():
            assert prometheus.series(f'{name}{{{label}!=""}}'), f"{name} has no label {label}"
    assert set().union(*map(grouped_by, expressions)) <= set(prometheus.ask("labels"))


def test_no_panel_is_dead(lived: None, prometheus: Prometheus) -> None:
    """Each of the dashboard's queries gives something, but for the list of alerts, when there are none."""
    empty = [
        f"{title}: {expression}"
        for title, expression in queries()
        if not prometheus.series(expression) and not expression.startswith("ALERTS")
    ]
    assert empty == []


def test_rules_are_evaluated_without_an_error(lived: None, prometheus: Prometheus) -> None:
    """Each alert's expression runs; and of a healthy system none says that it is down or away."""
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert {rule["name"] for rule in rules} == {alert["alert"] for alert in alerts()}
    assert [rule for rule in rules if rule["health"] != "ok"] == []
    assert {name for name, _ in prometheus.firing()} & {"ServiceDown", *AWAY, "BrokerBlocked", "DoorFailing"} == set()


def test_trouble_is_told(lived: None, system: System, broker: tuple[Broker, int], prometheus: Prometheus) -> None:
    """A message that cannot be read; a service that stands still; the broker gone, and the issue that waits for it."""
    link = Link(broker[0].uri)
    link.publish([Outgoing(COMMANDS, ROUTING_COMMANDS, b"no json", "of this test")])
    link.close()
    eventually(lambda: {("MessagesParked", "")} <= prometheus.firing())

    with standing_still(eventually(lambda: holder(system.local.pids / "notify"))):
        eventually(lambda: {("ServiceDown", "notify")} <= prometheus.firing())
    eventually(lambda: ("ServiceDown", "notify") not in prometheus.firing())

    broker[0].stop()
    eventually(
        lambda: {("BrokerAway", name) for name in SERVICES} | {("ServiceDown", "rabbitmq")} <= prometheus.firing()
    )
    assert system.submit().status_code == 202
    eventually(lambda: prometheus.series("max(loumen_spooled_tickets) == 1"))
