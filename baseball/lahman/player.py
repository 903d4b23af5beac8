"""A player, or another person in the database."""

from dataclasses import dataclass, field
from typing import Any

from baseball.lahman.seasons import FIRST_MAJOR_SEASON

Event = dict[str, Any]  # a birth or death: year, month, day, city, state, country; None if unknown


@dataclass(frozen=True)
class HallElection:
    """A person's election to the Hall of Fame."""

    year: int
    voters: str  # Lahman's votedBy
    category: str  # Player, Manager, Executive, Umpire, ...
    votes: int | None
    ballots: int | None

    @property
    def share(self) -> str | None:
        """The share of the votes in percent, as it is told; None if unknown.

        270 of 295 votes -> "91.5"
        """
        if not self.votes or not self.ballots:
            return None
        return f"{100 * self.votes / self.ballots:.1f}".removesuffix(".0")

    @property
    def writers_share(self) -> str | None:
        """The same, if the writers' association elected the person on its usual ballot."""
        return self.share if self.voters == "BBWAA" else None


@dataclass
class Player:
    """A player, or another person in the database.

    `label` identifies the player even if no year is given; None if neither name nor club can.
    `label_states` are the statements that the label makes.
    """

    id: str
    name: str
    last: str
    given: str | None
    birth: Event
    death: Event
    debut: tuple[int | None, int | None, int | None]  # year, month, day
    bats: str | None
    throws: str | None
    height: int | None  # inches
    weight: int | None  # pounds
    label: str | None = None
    label_states: tuple[str, ...] = ()
    seasons: list[int] = field(default_factory=list)
    clubs: dict[int, list[str]] = field(default_factory=dict)  # year -> teamIDs in order
    franchises: list[str] = field(default_factory=list)  # in the order he joined them
    main_franchise: str | None = None
    main_club: str | None = None  # its name in more of his games than any other name
    position: str | None = None
    position_by_year: dict[int, str] = field(default_factory=dict)
    games_at: dict[str, int] = field(default_factory=dict)  # position -> games
    games: int = 0
    fame: float = 0.0
    hall: HallElection | None = None
    all_star_years: list[int] = field(default_factory=list)
    college: str | None = None
    began_before_tables: bool = False  # his first seasons are not in the tables
    # The last season of the tables if his career may continue after it: his totals are as of then.
    as_of: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether his career may continue after the last season of the tables."""
        return self.as_of is not None

    @property
    def in_national_association(self) -> bool:
        """Whether his career began in the National Association, before 1876."""
        return bool(self.seasons) and self.seasons[0] < FIRST_MAJOR_SEASON
