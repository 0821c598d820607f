"""Alert rules, dashboard and containers of the monitoring, as far as no running system is needed."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.system import SERVICES
from tests.monitoring.deployed import ALERTS, CASES, CONFIG, DEPLOYED, GUIDE, ROOT, alerts, dashboard, panels

NAMES = [alert["alert"] for alert in alerts()]


def promtool(*arguments: str | Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("no promtool is installed (Debian: prometheus)")
    done = subprocess.run(("promtool", *arguments), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def bilingual(text: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", text) and re.search(r"[A-Za-z]{2}", text))


def test_prometheus_takes_its_configuration() -> None:
    """Configuration and rules are what Prometheus itself calls valid."""
    promtool("check", "config", CONFIG)
    promtool("check", "rules", ALERTS)


def test_each_alert_fires_when_it_must_and_only_then() -> None:
    """The cases hold, by Prometheus's own engine."""
    promtool("test", "rules", CASES)


def test_each_alert_has_cases_of_both_kinds() -> None:
    """One in which it fires, and one in which it does not."""
    cases = [case for test in yaml.safe_load(CASES.read_text())["tests"] for case in test["promql_expr_test"]]

    def named(*, firing: bool) -> list[str]:
        expressions = [case["expr"] for case in cases if bool(case.get("exp_samples")) is firing]
        return [re.findall('alertname="(.*?)"', each)[0] for each in expressions]

    assert set(named(firing=True)) == set(named(firing=False)) == set(NAMES)


@pytest.mark.parametrize("alert", alerts(), ids=NAMES)
def test_an_alert_says_how_bad_it_is_and_what_to_do(alert: dict[str, Any]) -> None:
    """In both languages, with a link to its heading in the guide."""
    told = alert["annotations"]
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert "for" in alert
    assert bilingual(told["summary"])
    assert bilingual(told["description"])
    assert told["runbook_url"] == f"docs/{GUIDE.name}#{alert['alert'].lower()}"


def test_the_guide_has_a_heading_for_each_alert_in_their_order() -> None:
    """And none for an alert that is no more."""
    assert re.findall(r"^### (\w+)$", GUIDE.read_text(), re.MULTILINE) == NAMES


def test_the_dashboard_needs_nothing_from_outside() -> None:
    """One data source, by the name that is provisioned; no address in it; titles in both languages."""
    [source] = yaml.safe_load((DEPLOYED / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    asked = [panel["datasource"] for panel in panels()] + [
        each["datasource"] for p in panels() for each in p["targets"]
    ]
    assert {each["uid"] for each in asked} == {source["uid"]}
    assert "://" not in json.dumps(dashboard())
    titles = [panel["title"] for panel in dashboard()["panels"]]
    assert [title for title in titles if not bilingual(title)] == []
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(titles)


def test_the_containers_may_do_little(tmp_path: Path) -> None:
    """On this machine's loopback, as nobody, with what they read from the repository and passwords in files."""
    compose = ("docker", "compose")
    if (
        shutil.which("docker") is None
        or subprocess.run((*compose, "version"), capture_output=True, check=False).returncode
    ):
        pytest.skip("no docker compose is installed")
    asked = (*compose, "--env-file", os.devnull, "--profile", "monitoring", "config", "--format", "json")
    environment = os.environ | {"LOUMEN_SECRETS": str(tmp_path)}
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)
    services = json.loads(done.stdout)["services"]

    for name in ("prometheus", "grafana"):
        service = services[name]
        assert [port["host_ip"] for port in service["ports"]] == ["127.0.0.1"]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert not service["user"].startswith(("0", "root"))
        bound = [volume for volume in service["volumes"] if volume["type"] == "bind"]
        assert bound
        assert all(volume["read_only"] and Path(volume["source"]).is_dir() for volume in bound)
    assert services["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana_password"


def test_services_answer_where_prometheus_asks() -> None:
    """By the name of the service, at the port that it is told."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    jobs = yaml.safe_load(CONFIG.read_text())["scrape_configs"]
    asked = {job["job_name"]: job["dns_sd_configs"][0] for job in jobs if "dns_sd_configs" in job}
    assert set(asked) == set(SERVICES)
    for name, where in asked.items():
        assert where["names"] == [name]
        assert str(where["port"]) == services[name]["environment"]["LOUMEN_METRICS_PORT"]


def test_an_older_installation_gets_the_password_that_it_lacks(tmp_path: Path) -> None:
    """The others stay as they are: PostgreSQL and RabbitMQ would not take new ones."""
    make_secrets = ROOT / "deploy" / "compose" / "make-secrets.sh"
    subprocess.run((make_secrets, tmp_path), check=True)
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    (tmp_path / "grafana_password").unlink()

    subprocess.run((make_secrets, tmp_path), check=True)

    after = {file.name: file.read_text() for file in tmp_path.iterdir()}
    new, old = after.pop("grafana_password"), before.pop("grafana_password")
    assert after == before
    assert len(new.strip()) == 48
    assert new != old
