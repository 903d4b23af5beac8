"""Ids of comparisons, of records, and of what baseball/knowledge says."""

from baseball.statements.vocabulary import KNOWLEDGE, RECORD_STATS, checked

# ------------------------------------------------------------------------ comparisons, records


def compared_in_season(more: str, less: str, year: int, stat: str) -> str:
    """-> 'compare:ruthba01:gehrilo01:1927:HR'; the player who had more comes first."""
    return f"compare:{more}:{less}:{year}:{checked(stat, RECORD_STATS, 'statistic to compare')}"


def compared_in_career(more: str, less: str, stat: str) -> str:
    """-> 'compare:aaronha01:mayswi01:career:HR'; the player who had more comes first."""
    return f"compare:{more}:{less}:career:{checked(stat, RECORD_STATS, 'statistic to compare')}"


def compared_by_birth(older: str, younger: str) -> str:
    return f"compare:{older}:{younger}:born"


def teams_compared(more: str, less: str, year: int) -> str:
    """Which team won more games: teams_compared("NYA", "PHA", 1927) -> 'compare:NYA:PHA:1927:W'"""
    return f"compare:{more}:{less}:{year}:W"


def all_time_rank(stat: str, rank: int) -> str:
    """Who ranks there in career totals: all_time_rank("HR", 1) -> 'record:alltime:HR:1'"""
    return f"record:alltime:{_record(stat)}:{rank}"


def single_season_rank(stat: str, rank: int) -> str:
    """Who ranks there among seasons: single_season_rank("HR", 1) -> 'record:season:HR:1'"""
    return f"record:season:{_record(stat)}:{rank}"


def franchise_season_record(franchise: str, stat: str) -> str:
    """franchise_season_record("NYY", "HR") -> 'record:NYY:season:HR'"""
    return f"record:{franchise}:season:{_record(stat)}"


def franchise_career_record(franchise: str, stat: str) -> str:
    """franchise_career_record("NYY", "HR") -> 'record:NYY:career:HR'"""
    return f"record:{franchise}:career:{_record(stat)}"


def decade_leader(decade: int, stat: str) -> str:
    """decade_leader(1920, "HR") -> 'record:1920s:HR'"""
    return f"record:{decade}s:{_record(stat)}"


def _record(stat: str) -> str:
    return checked(stat, RECORD_STATS, "statistic with records")


# ------------------------------------------------------------------------------------ knowledge


def knowledge(topic: str, subject: str, short: str) -> str:
    """What a knowledge entry says of its subject: its short answer.

    knowledge("rules", "balk", "one base") -> 'knowledge:rules:balk:one base'
    """
    return f"{KNOWLEDGE}:{topic}:{subject}:{short}"
