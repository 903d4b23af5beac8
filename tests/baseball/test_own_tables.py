"""Lahman's tables in a folder of one's own: layouts, spellings, what is missing, what is wrong."""

import re
from itertools import chain

import pytest

from baseball import statements
from baseball.facts import facts
from baseball.facts.awards import awards
from baseball.facts.managers import managers
from baseball.lahman import load_tables
from baseball.lahman.table_columns import all_tables
from baseball.prose import documents
from baseball.statements import batting
from tests.support import lahman_folder
from tests.support.lahman_folder import NEGRO_LEAGUE_HITTER, tables, write_tables


def written_about(loaded):
    """All documents about the tables."""
    written = chain.from_iterable(documents(loaded, hidden=lambda statement: False))
    return [document for document in written if document.kind != "knowledge"]


def told(loaded):
    """The statements of all facts of the tables, and the text of all documents about them."""
    states = {state for fact in facts(loaded) if fact.template for state in fact.states}
    return states, "\n".join(document.text for document in written_about(loaded))


def sentences_of(written, *kinds):
    """(text, statements) of each sentence in documents of these kinds."""
    return [
        sentence
        for document in written
        if document.kind in kinds
        for sentence in document.sentences
    ]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return load_tables(write_tables(tmp_path_factory.mktemp("lahman"), tables()))


@pytest.fixture(scope="module")
def small_facts(small):
    return list(facts(small))


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".parquet"])
def test_tables_may_be_csv_or_parquet_in_any_letter_case(small, tmp_path, suffix):
    rows = {name.lower(): rows for name, rows in tables().items()}
    loaded = load_tables(write_tables(tmp_path, rows, suffix))
    assert loaded.batting.equals(small.batting)
    assert loaded.players["smithal01"].debut == (2003, 4, 1)


def test_tables_may_lie_in_folders_as_in_the_releases(small, tmp_path):
    rows = tables()
    salaries = {"Salaries": rows.pop("Salaries")}
    write_tables(tmp_path / "core", rows)
    write_tables(tmp_path / "contrib", salaries)
    loaded = load_tables(tmp_path)
    assert loaded.batting.equals(small.batting)
    assert loaded.salaries.equals(small.salaries)


def test_columns_may_be_spelled_as_in_any_release(small, tmp_path):
    rows = tables()
    for row in rows["Pitching"]:
        row["IPOuts"] = row.pop("IPouts")
    for row in rows["Teams"]:
        row["rank"], row["year.ID"] = row.pop("Rank"), row.pop("yearID")
    loaded = load_tables(write_tables(tmp_path, rows))
    assert loaded.pitching.equals(small.pitching)
    assert loaded.teams == small.teams


def test_latin_1_is_read_like_utf_8(tmp_path):
    rows = tables()
    rows["People"][0]["nameLast"] = "Peña"
    folder = write_tables(tmp_path, rows)
    path = folder / "People.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    assert load_tables(folder).players["smithal01"].name == "Alan Pena"


def test_the_last_season_is_that_of_the_tables(small, small_facts):
    assert (small.first_season, small.last_season) == (2003, 2005)
    answers = [fact.answer for fact in small_facts if fact.kind == "all-time rank"]
    assert answers and all("2005" in answer for answer in answers)


def test_other_leagues_are_left_out_everywhere(small, tmp_path):
    states, text = told(small)
    assert not any(NEGRO_LEAGUE_HITTER in state for state in states)
    assert "Gibson" not in text and "Homestead" not in text
    assert any("Negro leagues" in note and "(3 " in note for note in small.notes)
    rows = tables()
    for row in rows["Teams"] + rows["Batting"]:
        row["lgID"] = "NL" if row["lgID"] == "NN2" else row["lgID"]
    states, text = told(load_tables(write_tables(tmp_path, rows)))
    assert batting(NEGRO_LEAGUE_HITTER, "career", "HR") in states
    assert "Gibson" in text and "Homestead" in text


def test_a_member_of_the_hall_of_fame_from_another_league_keeps_his_election(tmp_path):
    rows = tables()
    election = {"playerID": NEGRO_LEAGUE_HITTER, "yearID": 1972, "votedBy": "Negro League"}
    more = {"ballots": None, "votes": None, "inducted": "Y", "category": "Player"}
    rows["HallOfFame"] = [{**election, **more}]
    loaded = load_tables(write_tables(tmp_path, rows))
    answers = [fact.answer for fact in facts(loaded) if fact.kind == "hall of fame year"]
    assert answers == ["Josh Gibson entered the Hall of Fame in 1972."]


def test_only_four_tables_are_needed_and_the_others_are_named(tmp_path):
    rows = {name: tables()[name] for name in ("People", "Teams", "Batting", "Pitching")}
    loaded = load_tables(write_tables(tmp_path, rows))
    told(loaded)
    note = next(note for note in loaded.notes if "has no table" in note)
    assert "Salaries" in note and "salaries" in note and "Appearances" in note


def test_a_table_that_is_missing_takes_its_kinds_of_facts_with_it(small_facts, tmp_path):
    rows = tables()
    del rows["AwardsPlayers"], rows["Salaries"]
    loaded = load_tables(write_tables(tmp_path, rows))
    lost = {fact.kind for fact in small_facts} - {fact.kind for fact in facts(loaded)}
    assert lost == {
        *("most valuable player", "mvp count"),
        *("salary", "highest salary", "highest salary on a team"),
    }


def test_tables_may_lack_a_season(tmp_path):
    rows = tables()
    for name in ("Teams", "Batting", "Pitching"):
        rows[name] = [row for row in rows[name] if row["yearID"] != 2004]
    loaded = load_tables(write_tables(tmp_path, rows))
    states, _ = told(loaded)
    assert "the tables begin in 2003" in loaded.notes[0]
    assert "lack the seasons 2004" in loaded.notes[1]
    assert batting("smithal01", 2003, "HR") in states
    assert batting("smithal01", 2004, "HR") not in states


def test_rows_after_the_last_season_of_the_batting_table_are_left_out(tmp_path):
    rows = tables()
    for name in ("Batting", "Pitching"):
        rows[name] = [row for row in rows[name] if row["yearID"] < 2005]
    loaded = load_tables(write_tables(tmp_path, rows))
    assert loaded.last_season == 2004
    assert max(year for _, year in loaded.teams) == 2004
    assert loaded.salaries.empty
    assert loaded.awards["yearID"].max() == 2004


def test_files_and_folders_that_programs_leave_beside_the_tables_are_not_read(small, tmp_path):
    write_tables(tmp_path, tables())
    for name in ("__MACOSX", ".ipynb_checkpoints"):
        write_tables(tmp_path / name, {"Batting": tables()["Batting"][:1]})
    (tmp_path / ".Batting.csv").write_text("not a table")
    assert load_tables(tmp_path).batting.equals(small.batting)


@pytest.mark.parametrize(
    "change",
    [
        {"lgID": None},
        {"awardID": "Gold Glove"},
        {"awardID": "Silver Slugger", "notes": "batter"},
    ],
)
def test_an_award_without_its_league_or_position_is_left_out_with_a_note(tmp_path, change):
    def spoil(rows):
        rows[0].update(change)

    loaded = load_tables(changed(tmp_path, "AwardsPlayers", spoil))
    states = {state for fact in awards(loaded) for state in fact.states}
    note = next(note for note in loaded.notes if "AwardsPlayers" in note)
    assert note.startswith("rows of the table AwardsPlayers are left out (1), such as the ")
    assert f"{change.get('awardID', 'Most Valuable Player')} of smithal01 in 2003" in note
    assert "award:MVP:2003:AL" not in states and "award:MVP:2004:AL" in states


def test_an_award_that_a_table_lists_twice_was_won_once(small, tmp_path):
    loaded = load_tables(changed(tmp_path, "AwardsPlayers", lambda rows: rows.append(rows[0])))
    assert list(awards(loaded)) == list(awards(small)) != []


OF_WHOLE_CAREERS = {
    *("debut year", "debut team", "number of franchises", "main team", "career home runs"),
    *("career batting average", "career high", "all-star seasons", "mvp count"),
}


def test_whole_careers_are_told_only_of_players_who_began_in_the_tables(small_facts, tmp_path):
    def begin_earlier(rows):
        rows[0]["debut"] = "1999-04-01"

    player = "smithal01"
    loaded = load_tables(changed(tmp_path, "People", begin_earlier))
    before = {fact.kind for fact in small_facts if fact.fields.get("person") == player}
    after = {fact.kind for fact in facts(loaded) if fact.fields.get("person") == player}
    assert before & OF_WHOLE_CAREERS
    assert after and not after & OF_WHOLE_CAREERS
    written = written_about(loaded)
    states = {state for document in written for _, states in document.sentences for state in states}
    assert f"debut:{player}:year" not in states and "debut:jonesca01:year" in states


def test_ranks_say_since_when_they_count_if_the_tables_begin_late(small_facts):
    asked = {"all-time rank", "franchise career record", "franchise season record"}
    ranked = [fact for fact in small_facts if fact.kind in {*asked, "single-season rank"}]
    assert {fact.kind for fact in ranked} == {*asked, "single-season rank"}
    for fact in ranked:
        assert "since 2003" in fact.answer or "from 2003 through 2005" in fact.answer
        assert not any("1901" in question for question in fact.questions)


# ------------------------------------------------------------------------- tables that begin late

SAYS_SINCE_WHEN = re.compile(r"\b(since|from) 2003\b")


def test_totals_of_clubs_and_managers_say_since_when_they_count(small_facts):
    kinds = ("world series titles", "manager's wins", "manager's pennants")
    found = {kind: [fact for fact in small_facts if fact.kind == kind] for kind in kinds}
    assert [len(found[kind]) for kind in kinds] == [4, 4, 2]
    for fact in chain.from_iterable(found.values()):
        for text in (*fact.questions, fact.answer):
            assert SAYS_SINCE_WHEN.search(text), text
    answers = [fact.answer for fact in found["manager's pennants"]]
    assert "Bob Stone managed three pennant winners from 2003 through 2005." in answers


def test_totals_of_a_manager_who_has_ended_say_since_when_they_count(tmp_path):
    def replace_after_a_season(rows):
        for row in rows:
            if row["playerID"] == "stonebo01" and row["yearID"] > 2003:
                row["playerID"] = "smithal01"

    loaded = load_tables(changed(tmp_path, "Managers", replace_after_a_season))
    answers = {fact.answer for fact in managers(loaded)}
    assert "Bob Stone won 95 games as a major league manager since 2003." in answers
    assert "Bob Stone managed one pennant winner since 2003." in answers
    assert "Alan Smith managed two pennant winners from 2003 through 2005." in answers


def test_a_shared_pennant_leaves_the_count_of_its_managers_untold(tmp_path):
    def share_a_season(rows):
        [first] = [row for row in rows if (row["teamID"], row["yearID"]) == ("NYA", 2004)]
        first.update(G=100, W=60, L=40)
        rows.append({**first, "playerID": "smithal01", "inseason": 2, "G": 62, "W": 35, "L": 27})

    loaded = load_tables(changed(tmp_path, "Managers", share_a_season))
    counts = [fact.answer for fact in managers(loaded) if fact.kind == "manager's pennants"]
    assert counts == ["Frank Green managed three pennant winners from 2003 through 2005."]


@pytest.fixture(scope="module")
def longer(tmp_path_factory):
    """Tables of 2003 to 2014, in which the Cubs are called the Chicago Whales until 2006."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lahman_folder, "SEASONS", tuple(range(2003, 2015)))
        rows = tables()
    for row in rows["Teams"]:
        if row["teamID"] == "CHN" and row["yearID"] <= 2006:
            row["name"] = "Chicago Whales"
    return load_tables(write_tables(tmp_path_factory.mktemp("lahman"), rows))


@pytest.fixture(scope="module")
def written(longer):
    return written_about(longer)


def test_nothing_is_said_to_begin_in_the_first_season_of_the_tables(longer, written):
    pitchers = {club[4] for club in lahman_folder.CLUBS}  # who manage the clubs, too
    first = {statements.manager_first_year(manager) for manager in pitchers}
    for fact in facts(longer):
        assert fact.kind != "manager's first year"
        assert fact.kind != "first season under a name"
        assert first.isdisjoint(fact.states)
    first |= {statements.manager_wins(manager) for manager in pitchers}
    first |= {statements.first_season_of_name("CHN", "Chicago Whales")}
    first |= {statements.first_season_of_name(club[0], club[2]) for club in lahman_folder.CLUBS}
    first -= {statements.first_season_of_name("CHN", "Chicago Cubs")}
    sentences = sentences_of(written, "history", "manager")
    assert {document.kind for document in written} >= {"history", "manager"}
    for text, states in sentences:
        assert first.isdisjoint(states), text
        assert not re.search(r"began play|managed in the major leagues|since 2003", text), text
        assert not re.search(r"\b(called|name|as) .*Whales", text), text


def test_a_name_that_was_taken_in_the_tables_is_dated(written):
    named = statements.first_season_of_name("CHN", "Chicago Cubs")
    texts = [text for text, states in sentences_of(written, "history") if named in states]
    assert texts and all(re.search(r"As of 2014, .* since 2007\.", text) for text in texts)


def test_the_best_and_worst_seasons_of_a_club_say_since_when_they_count(written):
    extremes = r"^The (most games|best season|fewest|leanest|biggest)"
    texts = [text for text, _ in sentences_of(written, "history") if re.search(extremes, text)]
    assert len(texts) == 3 * len(lahman_folder.CLUBS)
    assert all("from 2003 through 2014" in text for text in texts)


def test_a_decade_that_the_tables_lack_the_beginning_of_has_no_totals(written):
    texts = [text for text, _ in sentences_of(written, "history")]
    # Five seasons of 95 and 67.
    assert "As of 2014, in the 2010s the Chicago Cubs won 475 games and lost 335." in texts
    assert not any("2000s" in text for text in texts)
    titles = [document.title for document in written if document.kind == "history"]
    assert "The Chicago Cubs in the 2000s" in titles


def test_a_season_of_a_player_is_his_first_only_if_the_tables_have_his_debut(small, tmp_path):
    def begin_earlier(rows):
        for row in rows:
            row["debut"] = "1999-04-01"

    first = re.compile(r"\bfirst (season|time)\b")
    texts = [text for text, _ in sentences_of(written_about(small), "player season")]
    assert any(first.search(text) for text in texts)
    assert any("season in the majors" in text for text in texts)
    loaded = load_tables(changed(tmp_path, "People", begin_earlier))
    sentences = sentences_of(written_about(loaded), "player season")
    assert len({text for text, _ in sentences}) > 50
    for text, states in sentences:
        assert not first.search(text), text
        assert "season in the majors" not in text
        assert not any(state.startswith(("debut:", "allstar:")) for state in states), text


# ------------------------------------------------------------------------------- what is wrong


def refusal(folder):
    with pytest.raises(ValueError) as problem:
        load_tables(folder)
    return str(problem.value)


def changed(folder, table, change):
    """The folder of the small tables, after `change` was made to the rows of a table."""
    rows = tables()
    change(rows[table])
    return write_tables(folder, rows)


def test_a_folder_that_is_not_there_or_has_no_tables_is_refused(tmp_path):
    assert "is not a folder" in refusal(tmp_path / "nowhere")
    message = refusal(tmp_path)
    assert "lacks People.csv or .parquet, Teams.csv" in message
    assert "none of the tables" in message


def test_two_files_of_a_table_are_refused(tmp_path):
    write_tables(tmp_path, tables())
    write_tables(tmp_path / "old", {"Batting": tables()["Batting"]})
    assert "two files of the table Batting" in refusal(tmp_path)


def test_a_missing_column_is_named_with_table_file_and_the_closest_one(tmp_path):
    def rename(rows):
        for row in rows:
            row["IPoutz"] = row.pop("IPouts")

    message = refusal(changed(tmp_path, "Pitching", rename))
    assert "Pitching.csv: the table Pitching has no column IPouts; the closest is IPoutz" in message


def test_text_among_numbers_is_named_with_column_and_row(tmp_path):
    message = refusal(changed(tmp_path, "Batting", lambda rows: rows[2].update(HR="many")))
    assert "Batting.csv: the column HR of the table Batting holds 'many' in row 4" in message


@pytest.mark.parametrize("value", [20.5, float("inf")])
def test_a_count_that_is_not_whole_is_named(tmp_path, value):
    message = refusal(changed(tmp_path, "Batting", lambda rows: rows[0].update(HR=value)))
    assert "in row 2, which is not a whole number" in message


def test_a_date_that_is_none_is_named(tmp_path):
    message = refusal(changed(tmp_path, "People", lambda rows: rows[1].update(debut="spring")))
    assert "holds 'spring' in row 3, which is not a date" in message


def test_an_empty_cell_that_must_not_be_empty_is_named(tmp_path):
    message = refusal(changed(tmp_path, "Teams", lambda rows: rows[5].update(W=None)))
    assert "Teams.csv: the column W of the table Teams is empty in row 7" in message


def test_two_spellings_of_one_column_are_named(tmp_path):
    def add(rows):
        for row in rows:
            row["IP_outs"] = row["IPouts"]

    message = refusal(changed(tmp_path, "Pitching", add))
    assert "the column IPouts of the table Pitching is there as IPouts and IP_outs;" in message


@pytest.mark.parametrize("table", ["People", "Teams", "Batting", "Pitching", "SeriesPost"])
def test_a_row_that_is_there_twice_is_named(tmp_path, table):
    message = refusal(changed(tmp_path, table, lambda rows: rows.insert(2, dict(rows[1]))))
    assert f"{table}.csv: row 4 of the table {table} repeats an earlier one (" in message


def test_the_key_of_every_table_consists_of_columns_that_are_read():
    for columns in all_tables().values():
        assert set(columns.key) <= set(columns.all), columns.name


def test_a_player_whom_the_table_of_people_lacks_is_named(tmp_path):
    message = refusal(changed(tmp_path, "People", lambda rows: rows.pop(0)))
    assert "Batting has 1 keys that People lacks, such as smithal01" in message


def test_a_team_that_the_table_of_teams_lacks_is_named(tmp_path):
    message = refusal(changed(tmp_path, "Teams", lambda rows: rows.pop(0)))
    assert "that Teams lacks, such as NYA in 2003" in message


@pytest.mark.parametrize("content", [b"", b"\n", b"playerID,yearID\n", b"\x00\xff\x00"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_that_is_empty_or_damaged_is_named(tmp_path, content, suffix):
    write_tables(tmp_path, tables())
    (tmp_path / "Batting.csv").unlink()
    (tmp_path / f"Batting{suffix}").write_bytes(content)
    message = refusal(tmp_path)
    assert re.search(rf"Batting\{suffix}", message)


def test_a_needed_table_without_rows_is_refused(tmp_path):
    write_tables(tmp_path, tables())
    path = tmp_path / "Batting.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert "no rows" in refusal(tmp_path)
