"""What is right today and will not be soon: said when a directory is loaded, while there is time to mend it."""

from datetime import datetime, timedelta

from shared.contracts.directory import Directory
from shared.directory import Town

AHEAD = timedelta(days=60)


def warnings(directory: Directory, now: datetime) -> list[str]:
    """Lines for people. Public holidays: whether a clock that starts within ``AHEAD`` could end beyond those known."""
    town, latest = Town(directory), now + AHEAD
    policies = (directory.policy, *directory.presets)
    budgets = (*(each.budgets for each in policies), *(each.budgets for each in directory.categories))
    limits = [limit for each in budgets for limit in each.values()]
    times = [town.work_time(calendar.code) for calendar in directory.calendars]
    if not any(time.add(latest, limit).provisional for time in times for limit in limits):
        return []
    year, days = directory.holidays.last_year, AHEAD.days
    return [
        f"节假日只知道到 {year} 年底，{days} 天内开始计时的期限可能是暂定的：请补充 holidays.csv / public holidays are "
        f"known up to the end of {year}; limits that start within {days} days may be provisional: add holidays.csv"
    ]
