"""Which documents are about baseball. All documents here were written for this test."""

import time

import pytest

from baseball.articles import is_about_baseball, weigh

ABOUT_BASEBALL = {
    "a player": (
        "Amos Tuttle",
        "Amos Tuttle (born March 3, 1951) is an American former shortstop in Major League "
        "Baseball. He batted .264 in nine seasons and stole 112 bases before a knee injury "
        "sent him to the minor leagues, where he later managed.",
    ),
    "a player whose title says so": (
        "Ray Doe (pitcher)",
        "Ray Doe (1859–1917) played in Hartford for one summer. Little else is known of him.",
    ),
    "a season": (
        "1911 Oakmont Colliers season",
        "The 1911 Oakmont Colliers season was the team's third in the Valley League, a minor "
        "league of Class D baseball. The Colliers won 61 games, led the league in home runs "
        "with 19, and lost the last game of the year in the twelfth inning.",
    ),
    "a ballpark where football was also played": (
        "Harbor Grounds",
        "Harbor Grounds was a baseball park in Port Ellis, the home of the Port Ellis Gulls "
        "from 1902 to 1958. Left field was so short that home runs there counted for two "
        "bases. The outfield fence carried advertisements for soap. A college football game "
        "was played on it in 1921.",
    ),
    "a rule of the game": (
        "Dropped third strike",
        "When the catcher fails to hold the ball on a third strike, the batter may run to "
        "first base. In baseball the pitcher is still credited with a strikeout, so four "
        "strikeouts in one inning are possible.",
    ),
    "a novel": (
        "The Last Out (novel)",
        "The Last Out is a novel about baseball. Its hero, a pitcher without a fastball, "
        "rides the buses of the minor leagues for eleven years. Critics praised how it "
        "describes dugouts and the boredom between innings.",
    ),
    "a report of a game that never names the game": (
        "",
        "Marlow threw a shutout for seven innings on Tuesday and struck out nine. The only "
        "trouble came in the fourth inning, when a walk and a stolen base put a runner on "
        "third base; the next batter popped up. A two-run homer in the sixth settled it, and "
        "the bullpen did the rest.",
    ),
    "baseball and softball on equal terms": (
        "Continental Baseball and Softball Confederation",
        "The Continental Baseball and Softball Confederation governs baseball and softball in "
        "nineteen countries. It was formed in 1994 and holds a baseball championship for "
        "national teams every second summer, with umpires from every member.",
    ),
}

UNIVERSITY = (
    "Northfield State University is a public university with 9,000 students, known for its "
    "school of forestry. "
)
TOWN = (
    "Cedar Bend is a town on the river of that name, with a paper mill, a library and a railway "
    "museum. "
)

NOT_ABOUT_BASEBALL = {
    "a university": (
        "Northfield State University",
        UNIVERSITY
        * 3
        + "Its teams compete in baseball, basketball, football, soccer and tennis; the "
        "baseball team reached the regional tournament in 1988.",
    ),
    "a town": (
        "Cedar Bend",
        TOWN
        * 12
        + "A minor league baseball team played there until 1931, and the ballpark is now a "
        "market.",
    ),
    "a coach of several sports": (
        "Hollis Grant",
        "Hollis Grant (1889–1960) was an American football, basketball, and baseball coach. "
        "He was the head football coach at Eastfield College from 1913 to 1919, and its head "
        "baseball coach for one spring.",
    ),
    "a footballer who played baseball at school": (
        "Dan Orr (American football)",
        "Dan Orr is a former quarterback. In high school he was a pitcher and an outfielder "
        "on the baseball team, hit 12 home runs and was drafted by a Major League Baseball "
        "team, which he turned down for college football.",
    ),
    "softball": (
        "Lena Whit",
        "Lena Whit is a softball pitcher. She threw three no-hitters in college softball, led "
        "the softball league in strikeouts with 311 in 190 innings, and coached the national "
        "softball team. Her brother played baseball.",
    ),
    "cricket": (
        "Ravi Menon",
        "Ravi Menon was a cricketer who scored 4,210 runs in 88 innings and took 61 wickets "
        "as a slow bowler. After his last innings for the county he became an umpire and "
        "wrote on batting for cricket magazines.",
    ),
    "another world series": (
        "2019 World Series of Darts",
        "The World Series of Darts was held in six cities. The World Series of Darts final "
        "was played in Hull.",
    ),
    "caps and bats": (
        "",
        "He wore a baseball cap. A second man in a baseball cap had a baseball bat, and two "
        "more baseball bats were found in the car.",
    ),
    "a page of people with one name": (
        "Tom Hale",
        "Tom Hale may refer to: Tom Hale (baseball, born 1901), American baseball pitcher; "
        "Tom Hale (infielder), American baseball player; Tom Hale (judge).",
    ),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("title, text", ABOUT_BASEBALL.values(), ids=ABOUT_BASEBALL)
def test_documents_about_baseball_are_picked(title, text):
    assert is_about_baseball(title, text)


@pytest.mark.parametrize("title, text", NOT_ABOUT_BASEBALL.values(), ids=NOT_ABOUT_BASEBALL)
def test_documents_about_something_else_are_left_out(title, text):
    assert not is_about_baseball(title, text)


def test_a_title_that_is_also_the_first_line_of_the_text_counts_once():
    title, text = ABOUT_BASEBALL["a ballpark where football was also played"]
    assert weigh(title.lower(), f"{title}\n{text}".lower()) == weigh(title.lower(), text.lower())


def test_the_numbers_of_the_worked_example():
    text = "Ray Doe was a pitcher. He played baseball for the Yankees."
    assert weigh("", text.lower()) == (5, pytest.approx(1000 * (5 + 5 * 5) / (600 + 5 * 600)), 30)
    assert is_about_baseball("", text)


def test_a_first_paragraph_on_baseball_does_not_make_up_for_a_long_text_on_something_else():
    opening = ABOUT_BASEBALL["a player"][1]
    rest = " The rest of this page is about the paper mill and its forty workers." * 200
    assert is_about_baseball("", opening)
    assert not is_about_baseball("", opening + rest)


def test_ten_megabytes_without_a_word_of_baseball_take_seconds_and_not_minutes():
    texts = ["The mill on the river made paper until the flood of the year 1913. " * 150] * 1000
    start = time.process_time()
    assert not any(is_about_baseball("", text) for text in texts)
    assert time.process_time() - start < 10  # under 1 on an ordinary core
