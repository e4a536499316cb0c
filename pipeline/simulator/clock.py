"""The world's time: a window of days, their seasons, and the hours at which people act.

All times are integers: milliseconds since the epoch, UTC. Whoever acts, honest or not, gets the
hour from the same curve, so that the time of day tells nothing.
"""

from __future__ import annotations

from bisect import bisect
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import exp, log
from random import Random

import numpy as np

from pipeline.simulator.chance import Floats

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Share of acts by hour UTC: people of one time zone, low at night, high in the evening.
_HOURS = (
    0.8,
    0.45,
    0.3,
    0.3,
    0.6,
    1.6,
    3.0,
    4.0,
    4.6,
    5.0,
    5.2,
    5.3,
    5.0,
    4.8,
    4.8,
    5.0,
    5.6,
    6.4,
    7.4,
    8.0,
    7.6,
    6.0,
    3.6,
    1.6,
)
_PEAK = max(_HOURS)
_HOUR_TOTALS = tuple(accumulate(_HOURS))

# Monday to Sunday.
_WEEKDAYS = (1.08, 1.02, 0.99, 0.97, 0.93, 0.93, 1.08)


def moment(ms: int) -> datetime:
    """The aware datetime of a time in milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


class Clock:
    """The window that is simulated: `days` days from midnight UTC of `start`."""

    def __init__(self, start: date, days: int) -> None:
        self.days = days
        self.start = int(
            (datetime(start.year, start.month, start.day, tzinfo=UTC) - _EPOCH)
            / timedelta(milliseconds=1)
        )
        self.end = self.start + days * DAY
        self._first = start

    def inside(self, ms: int) -> bool:
        """Whether that time is in the window."""
        return self.start <= ms < self.end

    def date(self, day: int) -> date:
        """The calendar date of a day of the window; days before it are negative."""
        return self._first + timedelta(days=day)

    def busyness(self, first: int) -> Floats:
        """How busy each day from `first` (may be negative) to the end is, shape (days - first,):
        weekdays, and Black Week and Christmas above an even year."""
        return np.array([_busy(self.date(day)) for day in range(first, self.days)])

    @staticmethod
    def times_of_day(u: Floats) -> Floats:
        """`time_of_day` of many quantiles, shape (n,)."""
        totals = np.concatenate([[0.0], _HOUR_TOTALS])
        times: Floats = np.interp(u * totals[-1], totals, np.arange(25)) * HOUR
        return times

    @staticmethod
    def time_of_day(u: float) -> int:
        """The milliseconds into the day at the quantile `u` of the daily curve."""
        at = u * _HOUR_TOTALS[-1]
        hour = min(bisect(_HOUR_TOTALS, at), 23)
        before = _HOUR_TOTALS[hour] - _HOURS[hour]
        return min(int((hour + (at - before) / _HOURS[hour]) * HOUR), DAY - 1)

    def on(self, day: int, rng: Random) -> int:
        """A time on that day of the window."""
        return self.start + day * DAY + self.time_of_day(rng.random())

    def same_day(self, ms: int, rng: Random) -> int:
        """Another time on the day of `ms`, at an hour of the daily curve."""
        return self.on(self.day_of(ms), rng)

    def within(self, ms: int, hours: float, rng: Random) -> int:
        """A time in the hours after `ms`, thinned by the daily curve."""
        at = ms
        for _ in range(16):
            at = ms + MINUTE + int(rng.random() * hours * HOUR)
            if rng.random() * _PEAK < _HOURS[at % DAY // HOUR]:
                break
        return at

    def day_of(self, ms: int) -> int:
        """The day of the window that holds a time."""
        return (ms - self.start) // DAY

    def days_later(self, ms: int, rng: Random, median: float, sigma: float = 0.5) -> int:
        """A time some days later (log-normal), at an hour of the daily curve, after `ms`."""
        days = exp(log(median) + sigma * rng.gauss(0, 1))
        if days < 1:
            return self.hours_later(ms, rng, days * 24)
        return max(self.on(self.day_of(ms) + int(days), rng), ms + MINUTE)

    def hours_later(self, ms: int, rng: Random, mean: float) -> int:
        """A time some hours later (exponential), thinned by the daily curve."""
        at = ms
        for _ in range(12):
            at = ms + int(rng.expovariate(1 / mean) * HOUR) + MINUTE
            if rng.random() * _PEAK < _HOURS[at % DAY // HOUR]:
                break
        return at


def _busy(day: date) -> float:
    season = 1.0
    if (day.month, day.day) >= (11, 20) and day.month == 11:
        season = 1.7
    elif day.month == 12 and day.day <= 22:
        season = 1.5
    elif day.month == 7:
        season = 0.85
    return season * _WEEKDAYS[day.weekday()]
