"""What Prometheus reads."""

import pytest
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture
def scrape(http, operator):
    """Return the exposed numbers: by name, and by label values in the order of the labels' names."""

    async def read():
        answer = await http.get("/metrics", headers={"Authorization": f"Bearer {operator['X-API-Key']}"})
        assert answer.status_code == 200, answer.text
        return parse(answer.text)

    return read


def parse(text):
    numbers: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            numbers.setdefault(sample.name, {})[labels] = sample.value
    return numbers
