"""Seasons that count differently."""

FIRST_MAJOR_SEASON = 1876  # MLB does not count the National Association, 1871-75, as a major league
SHORTENED_SEASONS = {1918, 1919, 1972, 1981, 1994, 1995, 2020}
