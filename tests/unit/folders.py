"""A good folder of a directory's files, and what is wrong with a bad one."""

import pytest

from services.records.directory import DirectoryProblems, Fault, read
from tests.small_town import GOOD

FULL = GOOD | {
    "duty.csv": "role,place,person,week,weekday,opens,closes\nofficer,li,head-1,2026-W48,5,20:00,08:00\n"
    "officer,li,head-1,,1,,\nofficer,li,li-officer,,2,,\n",
    "policies.yaml": GOOD["policies.yaml"]
    + """\
presets:
  - name: five-days
    source: elsewhere
    budgets:
      ordinary: {amount: 5, unit: working_days}
    hand_back_within: {amount: 2, unit: working_days}
""",
    "absences.csv": "person,first_day,last_day\nli-officer,2026-11-27,2026-11-30\n",
}


def problems_of(files: dict[str, str]) -> list[tuple[str, int, str, Fault]]:
    with pytest.raises(DirectoryProblems) as caught:
        read(files, 1)
    return [(each.file, each.line, each.column, each.fault) for each in caught.value.problems]
