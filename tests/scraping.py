"""A process's ``/metrics`` page, as Prometheus reads it."""

from dataclasses import dataclass

import requests
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.ports import LOOPBACK

SCRAPE_TIMEOUT = 10
"""Seconds: Prometheus's own default. A page that takes longer is no page."""


@dataclass(frozen=True)
class Page:
    text: str

    def value(self, name: str, **labels: str) -> float | None:
        """The sample with just these labels; None where there is none."""
        for family in text_string_to_metric_families(self.text):
            for sample in family.samples:
                if (sample.name, sample.labels) == (name, labels):
                    return sample.value
        return None


def scrape(port: int) -> Page:
    answer = requests.get(f"http://{LOOPBACK}:{port}/metrics", timeout=SCRAPE_TIMEOUT)
    answer.raise_for_status()
    return Page(answer.text)
