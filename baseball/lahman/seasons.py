"""Seasons in which something began, and seasons that differ from others."""

# MLB does not count the National Association, 1871-75, as a major league.
FIRST_MAJOR_SEASON = 1876

# The first with both the American and the National League as major leagues. Records of a season,
# facts about teams and comparisons between them begin here.
FIRST_SEASON_OF_BOTH_LEAGUES = 1901

# The first World Series between these two. Lahman also calls the championships of 1884-1890 World
# Series.
FIRST_WORLD_SERIES = 1903

# Years since 1903 without a World Series. In 1904 the champions of the National League refused to
# play; 1994 ended in a strike.
YEARS_WITHOUT_WORLD_SERIES = (1904, 1994)

# Until then the team with the most wins won the pennant, and the World Series was the only series.
FIRST_SEASON_OF_DIVISIONS = 1969

# From then on the save was an official statistic.
FIRST_SEASON_WITH_SAVES = 1969

# A strike split it into two halves, each with its own standings and winners, so that places in the
# whole season mean little.
SPLIT_SEASON = 1981

# No spectators were admitted, so that attendance means nothing.
SEASON_WITHOUT_FANS = 2020

# A war, strikes and a pandemic cut their schedules.
SHORTENED_SEASONS = {1918, 1919, 1972, 1981, 1994, 1995, 2020}
