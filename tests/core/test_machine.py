"""What a process takes of its machine, by made-up control groups and clocks."""

import psutil
import pytest

from app.core.machine import Machine

OWN_V2 = "0::/app/web\n"
OWN_V1 = "4:memory:/app\n2:cpu,cpuacct:/app\n0::/\n"


@pytest.fixture
def container(tmp_path):
    """Make a machine whose control groups hold these files: `container(OWN_V2, {"memory.max": "100"})`."""

    def make(own, files, **clocks):
        groups, told = tmp_path / "groups", tmp_path / "own"
        groups.mkdir()
        told.write_text(own)
        for name, text in files.items():
            file = groups / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return Machine(groups=groups, own_groups=told, **clocks)

    return make


def test_the_tightest_group_that_it_lies_in_limits_its_memory(container):
    machine = container(
        OWN_V2,
        {
            "memory.max": "max",
            "app/memory.max": "1000",
            "app/memory.current": "900",
            "app/memory.stat": "anon 500\ninactive_file 300",
            "app/web/memory.max": "2000",
            "app/web/memory.current": "100",
        },
    )

    figures = machine.figures()

    assert (figures["limit_bytes"], figures["used_bytes"], figures["limited"]) == (1000, 600, True)


def test_version_1_groups_limit_too(container):
    machine = container(
        OWN_V1,
        {
            "memory/memory.limit_in_bytes": "9223372036854771712",
            "memory/app/memory.limit_in_bytes": "5000",
            "memory/app/memory.usage_in_bytes": "4000",
            "memory/app/memory.stat": "total_inactive_file 1000",
        },
    )

    figures = machine.figures()

    assert (figures["limit_bytes"], figures["used_bytes"], figures["limited"]) == (5000, 3000, True)


def test_without_a_limit_it_has_the_whole_machine(container):
    figures = container(OWN_V2, {"memory.max": "max"}).figures()

    assert figures["limit_bytes"] == psutil.virtual_memory().total
    assert figures["used_bytes"] == figures["rss_bytes"] > 10_000_000
    assert not figures["limited"]


@pytest.mark.parametrize(
    ("files", "percent"),
    [({}, 40.0), ({"cpu.max": "400000 100000"}, 40.0), ({"app/cpu.max": "50000 100000"}, 80.0)],
    ids=["no limit", "more than one core", "half a core"],
)
def test_cpu_is_told_of_the_core_that_one_process_can_use(container, files, percent):
    ticks, work = [100.0], [5.0]
    machine = container(OWN_V2, files, clock=lambda: ticks[0], cpu_clock=lambda: work[0])
    ticks[0], work[0] = 110.0, 9.0

    assert machine.figures()["cpu_percent"] == percent


def test_a_peak_of_a_second_does_not_count_as_the_whole(container):
    ticks, work = [0.0], [0.0]
    machine = container(OWN_V2, {}, clock=lambda: ticks[0], cpu_clock=lambda: work[0])
    seen = []
    for second in range(1, 41):
        ticks[0] = float(second)
        work[0] += second == 20
        seen.append(machine.figures()["cpu_percent"])

    assert max(seen) <= 10.1
    assert seen[-1] == 0
    assert machine.figures()["uptime_seconds"] == 40
