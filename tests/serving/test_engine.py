"""The engine: many answers of several models at once, each as if it were alone."""

import asyncio
import threading
from dataclasses import replace

import pytest

import serving.engine
from network.generation import generate
from network.sampling import GREEDY, Sampling
from serving.answer import EngineFailure
from serving.engine import Busy, Engine
from tests.support.serving import (
    CONTEXT,
    RANDOM,
    load_talkers,
    open_engine,
    read_all,
    slow_down,
    submit,
    wait_until,
)


@pytest.fixture(scope="module")
def talkers(tokenizer, tmp_path_factory):
    return load_talkers(tmp_path_factory.mktemp("runs"), tokenizer, "general", "baseball")


@pytest.fixture
def engine(talkers):
    with open_engine(talkers) as engine:
        yield engine


@pytest.fixture
def slow_engine(talkers):
    """An engine whose first model takes 10 ms for each token."""
    with open_engine([slow_down(talkers[0], 0.01), talkers[1]]) as engine:
        yield engine


def alone(assistant, prompt, tokens, sampling, seed):
    model, tokenizer = assistant.model, assistant.tokenizer
    steps = generate(model, tokenizer, [list(prompt)], tokens, sampling, [seed], stop_text="")
    return "".join(piece for [piece] in steps)


# ---- what an answer is ----


def test_an_answer_in_company_is_the_one_that_generate_gives_alone(engine, talkers):
    asked = [
        (name, prompt, tokens, sampling, seed)
        for name in engine.names
        for seed, (prompt, tokens) in enumerate([((1, 2, 3), 9), ((7,) * 40, 30), ((9,), 20)])
        for sampling in (GREEDY, RANDOM, Sampling(0.7, 40, 0.9, 1.3))
    ]
    texts = read_all(*(submit(engine, *question) for question in asked))
    models = dict(zip(engine.names, talkers))
    assert texts == [alone(models[name], *question) for name, *question in asked]
    assert len(set(texts)) > 12


def test_an_answer_counts_its_tokens_and_says_why_it_ended(engine, talkers):
    whole = alone(talkers[0], (1, 2, 3), 40, RANDOM, 0)
    stop = whole[10:13]
    long, stopped = answers = [
        submit(engine, "general", tokens=40, sampling=RANDOM),
        submit(engine, "general", tokens=40, sampling=RANDOM, stop=("~~~~~", stop)),
    ]
    assert read_all(*answers) == [whole, whole[: whole.index(stop)]]
    assert (long.finish_reason, long.prompt_tokens, long.completion_tokens) == ("length", 3, 40)
    assert stopped.finish_reason == "stop" and 0 < stopped.completion_tokens < 40


def test_the_text_comes_in_pieces_while_it_is_made(slow_engine):
    async def read():
        return [piece async for piece in submit(slow_engine, "general", tokens=30)]

    assert len(asyncio.run(read())) > 5


# ---- who waits for whom ----


def test_a_newcomer_is_answered_while_a_longer_answer_is_being_made(slow_engine):
    long = submit(slow_engine, "general", tokens=400)
    wait_until(lambda: long.completion_tokens > 5)
    read_all(submit(slow_engine, "general", tokens=5), submit(slow_engine, "baseball", tokens=5))
    assert not long.has_ended


def test_answers_beyond_those_that_fit_wait_and_are_started_in_order(talkers):
    with open_engine([slow_down(talkers[0], 0.001)], most_running=2) as engine:
        queue, started = engine._queues["general"], []
        add = queue._batch.add

        def add_and_record(request):
            started.append((request, len(queue.running) + 1))
            return add(request)

        queue._batch.add = add_and_record
        answers = [submit(engine, "general", tokens=10 + number) for number in range(5)]
        read_all(*answers)
        assert [id(request) for request, _ in started] == [id(each.request) for each in answers]
        assert max(running for _, running in started) == 2
        assert [answer.completion_tokens for answer in answers] == [10, 11, 12, 13, 14]


def test_too_many_waiting_answers_are_refused_until_there_is_room(talkers):
    with open_engine([slow_down(talkers[0], 0.01)], most_running=1, most_waiting=2) as engine:
        first = submit(engine, "general", tokens=400)
        wait_until(lambda: engine.running == 1)
        waiting = [submit(engine, "general") for _ in range(2)]
        with pytest.raises(Busy, match="2 questions are waiting"):
            submit(engine, "general")
        waiting[0].cancel()
        first.cancel()
        wait_until(lambda: engine.waiting == 0)
        assert read_all(waiting[1]) == read_all(submit(engine, "general"))


def test_a_request_of_many_answers_leaves_places_to_others_and_takes_turns_with_them(talkers):
    with open_engine([slow_down(talkers[0], 0.003)], most_running=4) as engine:
        many = [submit(engine, "general", tokens=60, group="many") for _ in range(9)]
        wait_until(lambda: engine.running > 0)
        others = [submit(engine, "general", tokens=60) for _ in range(3)]
        most_of_many = 0
        while not all(answer.has_ended for answer in others):
            running = [*engine._queues["general"].running.values()]
            most_of_many = max(most_of_many, sum(answer.group == "many" for answer in running))
        assert most_of_many == 2
        assert sum(answer.has_ended for answer in many) < 6
        read_all(*many)


# ---- answers that nobody waits for ----


def test_a_cancelled_answer_leaves_the_batch_and_the_others_go_on(slow_engine, talkers):
    cancelled, other = (submit(slow_engine, "general", tokens=n, seed=n) for n in (400, 60))
    wait_until(lambda: cancelled.completion_tokens > 3)
    cancelled.cancel()
    wait_until(lambda: slow_engine.running == 1)
    tokens = cancelled.completion_tokens
    assert read_all(other) == [alone(talkers[0], (1, 2, 3), 60, GREEDY, 60)]
    assert cancelled.finish_reason == "cancelled" and cancelled.completion_tokens == tokens < 60
    wait_until(lambda: slow_engine.running == 0)


def test_an_answer_is_cancelled_when_its_reader_gives_up(slow_engine):
    async def read_a_little(answer):
        async for _ in answer:
            return

    async def give_up():
        await read_a_little(stopped)
        reading = asyncio.create_task(abandoned.read())
        await asyncio.sleep(0.05)
        reading.cancel()

    stopped, abandoned = (submit(slow_engine, "general", tokens=400) for _ in range(2))
    asyncio.run(give_up())
    wait_until(lambda: slow_engine.running == 0)
    assert {stopped.finish_reason, abandoned.finish_reason} == {"cancelled"}


def test_an_answer_whose_event_loop_is_closed_is_cancelled(slow_engine):
    answer = submit(slow_engine, "general", tokens=400)
    iterators = []

    async def begin():
        iterators.append(aiter(answer))
        await anext(iterators[0])

    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin())
    loop.close()
    wait_until(lambda: slow_engine.running == 0)


def test_closing_the_engine_cancels_what_is_running_and_what_is_waiting(talkers):
    engine = Engine([slow_down(talkers[0], 0.01)], most_running=1)
    answers = [submit(engine, "general", tokens=400) for _ in range(3)]
    wait_until(lambda: engine.running == 1)
    engine.close()
    assert [answer.finish_reason for answer in answers] == ["cancelled"] * 3
    with pytest.raises(Busy, match="shutting down"):
        submit(engine, "general")


def test_closing_does_not_wait_for_a_step_that_hangs(talkers, monkeypatch):
    monkeypatch.setattr(serving.engine, "CLOSING_SECONDS", 0.05)
    engine = Engine(talkers)
    goes_on = threading.Event()
    monkeypatch.setattr(engine._queues["general"]._batch, "step", lambda: goes_on.wait() and {})
    answer = submit(engine, "general")
    wait_until(lambda: engine.running == 1)
    engine.close()
    assert answer.finish_reason == "cancelled" and engine._thread.is_alive()
    goes_on.set()
    engine._thread.join()


# ---- problems ----


def test_a_failing_model_fails_its_answers_and_no_others(talkers, monkeypatch):
    with open_engine(talkers) as engine:
        batch = engine._queues["general"]._batch
        monkeypatch.setattr(batch, "step", lambda: 1 / 0)
        broken, other = submit(engine, "general"), submit(engine, "baseball")
        with pytest.raises(EngineFailure, match="division by zero"):
            read_all(broken)
        assert broken.finish_reason == "failed"
        assert len(read_all(other, submit(engine, "general"))) == 2  # with a new batch
        assert engine.running == 0


def test_an_answer_that_cannot_begin_fails_alone(talkers, monkeypatch):
    with open_engine([slow_down(talkers[0], 0.01)]) as engine:
        running = submit(engine, "general", tokens=50)
        wait_until(lambda: running.completion_tokens > 0)
        with monkeypatch.context() as patch:
            patch.setattr(engine._queues["general"]._batch, "add", lambda request: 1 / 0)
            with pytest.raises(EngineFailure, match="division by zero"):
                read_all(submit(engine, "general"))
        assert len(read_all(running, submit(engine, "general"))) == 2


def test_answers_that_cannot_be_dropped_end_the_batch_and_not_the_thread(talkers, monkeypatch):
    with open_engine([slow_down(talkers[0], 0.01)]) as engine:
        running, cancelled = (submit(engine, "general", tokens=400) for _ in range(2))
        wait_until(lambda: cancelled.completion_tokens > 0)
        batch = engine._queues["general"]._batch
        monkeypatch.setattr(batch, "remove", lambda numbers: numbers and 1 / 0)
        cancelled.cancel()
        with pytest.raises(EngineFailure, match="division by zero"):
            read_all(running)
        assert read_all(submit(engine, "general"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_if_the_thread_ends_nobody_waits_and_new_questions_are_refused(talkers, monkeypatch):
    with open_engine([slow_down(talkers[0], 0.01)]) as engine:
        answers = [submit(engine, "general", tokens=400) for _ in range(2)]
        monkeypatch.setattr(engine._queues["general"], "step", lambda: 1 / 0)
        for answer in answers:
            with pytest.raises(EngineFailure, match="start the server again"):
                read_all(answer)
        assert [answer.finish_reason for answer in answers] == ["failed"] * 2
        with pytest.raises(Busy, match="start the server again"):
            submit(engine, "general")


@pytest.mark.parametrize(
    "name, prompt, tokens, problem",
    [
        ("nobody", [1], 5, "no model 'nobody'; there are: general, baseball"),
        ("general", [], 5, "empty"),
        ("general", [1] * CONTEXT, 5, "no room for an answer"),
        ("general", [1], 0, "max_new_tokens must be 1"),
    ],
)
def test_unusable_questions_are_refused(engine, name, prompt, tokens, problem):
    with pytest.raises(ValueError, match=problem):
        submit(engine, name, prompt, tokens)


def test_models_of_the_same_name_are_told_apart_by_their_paths(tokenizer, tmp_path):
    runs = [load_talkers(tmp_path / place, tokenizer, "chat")[0] for place in ("a", "b")]
    with open_engine(runs) as engine:
        assert engine.names == [str(tmp_path / "a/chat"), str(tmp_path / "b/chat")]
        assert engine.assistant(engine.names[1]) is runs[1]
    with pytest.raises(ValueError, match="no model"):
        Engine([])


def test_a_model_is_not_served_twice_under_two_spellings_of_its_path(tokenizer, tmp_path):
    [assistant] = load_talkers(tmp_path, tokenizer, "chat")
    (tmp_path / "link").symlink_to(tmp_path / "chat")
    for spelling in ("chat", "chat/", "../" + tmp_path.name + "/chat", "link"):
        again = replace(assistant, run=f"{tmp_path}/{spelling}")
        with pytest.raises(ValueError, match=f"{spelling} is given twice"):
            Engine([assistant, again])
