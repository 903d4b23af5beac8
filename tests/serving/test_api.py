"""OpenAI's API, asked by OpenAI's own client over a real connection."""

import socket

import httpx
import openai
import pytest
from pydantic import ValidationError

from network.chat_session import ChatSession
from network.generation import generate
from network.sampling import GREEDY, Sampling
from serving.orders import ChatFields, CompletionFields
from serving.settings import AnswerSettings
from tests.support.serving import (
    CONTEXT,
    load_talkers,
    open_engine,
    serve,
    slow_down,
    submit,
    wait_until,
)
from text.tokenizer import Tokenizer

SETTINGS = AnswerSettings(Sampling(0.7, 40, 0.9, 1.2), max_new_tokens=24, seed=0)
QUESTION = [{"role": "user", "content": "Who hit 60 home runs?"}]


@pytest.fixture(scope="module")
def talkers(tokenizer, tmp_path_factory):
    return load_talkers(tmp_path_factory.mktemp("runs"), tokenizer, "general", "slow")


@pytest.fixture(scope="module")
def engine(talkers):
    with open_engine([talkers[0], slow_down(talkers[1], 0.02)]) as engine:
        yield engine


@pytest.fixture(scope="module")
def port(engine):
    with serve(engine, answers=SETTINGS) as port:
        yield port


@pytest.fixture(scope="module")
def address(port):
    return f"http://127.0.0.1:{port}/v1"


@pytest.fixture(scope="module")
def client(address):
    with openai.OpenAI(base_url=address, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def ask(client):
    def ask(messages=QUESTION, model="general", seed=0, **options):
        return client.chat.completions.create(model=model, messages=messages, seed=seed, **options)

    return ask


@pytest.fixture
def complete(client):
    def complete(prompt, seed=0, **options):
        return client.completions.create(model="general", prompt=prompt, seed=seed, **options)

    return complete


def chat_answer(assistant, *messages, sampling=SETTINGS.sampling, seed=0):
    """What chat.py answers to the last message."""
    session = ChatSession(assistant, sampling, SETTINGS.max_new_tokens, seed)
    *session.messages, question = messages
    return "".join(session.ask(question))


def completion(assistant, text, tokens, seed=0):
    model, tokenizer = assistant.model, assistant.tokenizer
    prompt = tokenizer.encode(text)
    sampling = SETTINGS.sampling
    steps = generate(model, tokenizer, [prompt], tokens, sampling, [seed], stop_text="")
    return "".join(piece for [piece] in steps)


# ---- models ----


def test_the_models_are_listed_under_the_names_of_their_folders(client):
    assert [model.id for model in client.models.list()] == ["general", "slow"]
    assert client.models.retrieve("slow").id == "slow"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4")


# ---- chat ----


def test_an_answer_is_that_of_chat_py_with_the_same_seed(ask, talkers):
    answer = ask(seed=5)
    [choice] = answer.choices
    assert choice.message.role == "assistant"
    assert choice.message.content == chat_answer(talkers[0], QUESTION[0]["content"], seed=5)
    assert choice.finish_reason == "length"
    usage = answer.usage
    assert usage.completion_tokens == SETTINGS.max_new_tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    text = f"\n\nHuman: {QUESTION[0]['content']}\n\nAssistant:"
    assert usage.prompt_tokens == len(talkers[0].tokenizer.encode(text))


def test_the_parts_of_a_stream_make_the_whole_answer(ask):
    whole = ask(n=2)
    texts, reasons = ["", ""], [None, None]
    parts = list(ask(n=2, stream=True, stream_options={"include_usage": True}))
    for part in parts[:-1]:
        [choice] = part.choices
        texts[choice.index] += choice.delta.content or ""
        reasons[choice.index] = choice.finish_reason or reasons[choice.index]
    assert texts == [choice.message.content for choice in whole.choices]
    assert texts[0] != texts[1]
    assert reasons == ["length", "length"]
    assert len(parts) > 8
    assert parts[-1].choices == [] and parts[-1].usage == whole.usage
    assert parts[0].choices[0].delta.role == "assistant"


def test_a_system_message_goes_before_the_first_question(ask, talkers):
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Who?"}]},
        {"role": "assistant", "content": "Ruth."},
        {"role": "user", "content": "When?"},
    ]
    expected = chat_answer(talkers[0], "Be brief.\n\nWho?", "Ruth.", "When?")
    assert ask(messages).choices[0].message.content == expected


def test_the_oldest_turns_of_a_long_conversation_are_forgotten_as_in_chat_py(ask, talkers):
    texts = [f"{'very ' * 40}long text number {number}" for number in range(21)]
    roles = ["user", "assistant"] * 11
    messages = [{"role": role, "content": text} for role, text in zip(roles, texts)]
    answer = ask(messages)
    assert answer.choices[0].message.content == chat_answer(talkers[0], *texts)
    assert answer.usage.prompt_tokens <= CONTEXT - SETTINGS.max_new_tokens


def test_the_settings_of_a_request_replace_those_of_the_server(ask, talkers):
    question = QUESTION[0]["content"]
    greedy = ask(temperature=0, extra_body={"repetition_penalty": 1})
    assert greedy.choices[0].message.content == chat_answer(talkers[0], question, sampling=GREEDY)
    for name in ("max_tokens", "max_completion_tokens"):
        assert ask(**{name: 3}).usage.completion_tokens == 3
    other = ask(top_p=0.5, extra_body={"top_k": 3}).choices[0].message.content
    sampling = Sampling(0.7, 3, 0.5, 1.2)
    assert other == chat_answer(talkers[0], question, sampling=sampling)


def test_without_a_seed_answers_differ(ask):
    assert len({ask(seed=None).choices[0].message.content for _ in range(4)}) > 1


@pytest.mark.parametrize("as_list", [False, True])
def test_an_answer_ends_before_a_stop_text(ask, as_list):
    whole = ask().choices[0].message.content
    stop = whole[10:12]
    choice = ask(stop=["~~~", stop] if as_list else stop).choices[0]
    assert choice.message.content == whole[: whole.index(stop)].rstrip()
    assert choice.finish_reason == "stop"


# ---- completions ----


def test_a_text_is_completed_as_it_stands(complete, talkers):
    answer = complete(["Babe Ruth", "The"], n=2, max_tokens=12)
    assert [choice.text for choice in answer.choices] == [
        completion(talkers[0], text, 12, seed) for text in ("Babe Ruth", "The") for seed in (0, 1)
    ]
    prompt_tokens = sum(len(talkers[0].tokenizer.encode(text)) for text in ("Babe Ruth", "The"))
    assert answer.usage.prompt_tokens == prompt_tokens
    assert answer.usage.completion_tokens == 4 * 12


def test_token_ids_are_a_prompt_too_and_16_tokens_the_default_length(complete, talkers):
    ids = talkers[0].tokenizer.encode("Babe Ruth")
    for prompt in (ids, [ids], "Babe Ruth"):
        answer = complete(prompt)
        assert answer.choices[0].text == completion(talkers[0], "Babe Ruth", 16)


def test_the_parts_of_a_completion_make_the_whole(complete):
    parts = list(complete("Babe Ruth", max_tokens=12, stream=True))
    text = "".join(part.choices[0].text for part in parts)
    assert text == complete("Babe Ruth", max_tokens=12).choices[0].text
    assert parts[-1].choices[0].finish_reason == "length"


# ---- refusals ----


@pytest.mark.parametrize(
    "options, param, code",
    [
        ({"model": "gpt-4"}, "model", "model_not_found"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": "a"}] * 2 + [{"role": "robot"}]}, "messages", 0),
        ({"messages": [*QUESTION, {"role": "assistant", "content": "I"}]}, "messages", 0),
        ({"messages": [{"role": "user", "content": "so " * 600}]}, "messages", "context_length_ex"),
        ({"temperature": -1}, None, "invalid_value"),
        ({"temperature": "hot"}, "temperature", "invalid_value"),
        ({"top_p": 0}, None, "invalid_value"),
        ({"n": 0}, "n", "invalid_value"),
        ({"n": 100}, "n", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"seed": 2**63}, "seed", "invalid_value"),
        ({"stop": list("abcde")}, "stop", "invalid_value"),
        ({"stop": ["a", "b" * 201]}, "stop", "invalid_value"),
        ({"messages": [{"role": "user", "content": "a" * 500_000}]}, "messages", "context_length"),
        ({"frequency_penalty": 1}, "frequency_penalty", "unsupported_parameter"),
        ({"tools": [{"type": "function"}]}, "tools", "unsupported_parameter"),
        ({"extra_body": {"beam_width": 4}}, "beam_width", "unknown_parameter"),
    ],
)
def test_what_cannot_be_done_is_refused_in_openais_form(ask, options, param, code):
    with pytest.raises(openai.APIStatusError) as caught:
        ask(**options)
    problem = caught.value
    assert problem.status_code == (404 if code == "model_not_found" else 400)
    assert problem.type == "invalid_request_error" and problem.param == param
    assert problem.message and problem.code.startswith(code or "")


@pytest.mark.parametrize(
    "kind, fields",
    [
        (ChatFields, {"messages": [1] * 1000}),
        (CompletionFields, {"prompt": [{}] * 1000}),
        (CompletionFields, {"prompt": [[{}]] * 1000}),
        (CompletionFields, {"prompt": [[1], [{}] * 1000]}),
    ],
)
def test_a_list_of_mistakes_is_checked_up_to_its_first_one(kind, fields):
    with pytest.raises(ValidationError) as refused:
        kind.model_validate({"model": "general", **fields})
    assert refused.value.error_count() < 10


def test_fields_that_change_nothing_are_accepted(ask):
    ask(user="me", tools=[], frequency_penalty=0, response_format={"type": "text"}, logprobs=False)
    ask(extra_body={"temperature": None, "stop": None, "max_tokens": None})


@pytest.mark.parametrize("field", [{"logprobs": 0}, {"echo": 0}, {"best_of": True}])
def test_a_number_is_not_the_same_as_true_or_false(complete, field):
    """In OpenAI's API, "logprobs": 0 asks for the log-probability of each token of the answer."""
    with pytest.raises(openai.BadRequestError) as caught:
        complete("Babe Ruth", extra_body=field)
    assert caught.value.code == "unsupported_parameter" and caught.value.param in field


@pytest.mark.parametrize("prompt", ["so " * 600, [1] * CONTEXT, [10**6], [-1], [[]]])
def test_prompts_that_are_too_long_or_hold_unknown_tokens_are_refused(complete, prompt):
    with pytest.raises(openai.BadRequestError):
        complete(prompt)


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "[]", "null", "NaN", '{"n": NaN}', "[" * 100_000, "\xff"),
        *('{"model": "\\ud800"}', '{"\\ud800": 1}'),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(address, body):
    answer = httpx.post(f"{address}/chat/completions", content=body.encode("latin-1"), timeout=60)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["message"]


def test_unknown_paths_and_methods_are_refused_in_openais_form(address):
    for answer in (
        httpx.post(f"{address}/embeddings", timeout=60),
        httpx.get(f"{address}/completions", timeout=60),
        httpx.options(f"{address}/models", timeout=60),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["type"] == "invalid_request_error"
    assert httpx.head(f"{address}/models", timeout=60).status_code == 404


def test_prompts_are_counted_and_measured_before_they_are_encoded(address, monkeypatch):
    monkeypatch.setattr(Tokenizer, "encode", lambda self, text: 1 / 0)
    for prompt in (["so"] * 17, "a" * 900_000):
        fields = {"model": "general", "prompt": prompt}
        answer = httpx.post(f"{address}/completions", json=fields, timeout=60)
        assert answer.status_code == 400


def test_an_error_that_nobody_expected_has_openais_form(address, engine, monkeypatch):
    monkeypatch.setattr(engine, "submit", lambda *arguments: 1 / 0)
    answer = httpx.post(f"{address}/completions", json={"model": "general", "prompt": "A"})
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "division" not in answer.text


def test_a_busy_engine_asks_to_come_back_later(talkers):
    with (
        open_engine([slow_down(talkers[0], 0.02)], most_running=1, most_waiting=3) as engine,
        serve(engine, answers=SETTINGS) as port,
    ):
        fields = {"model": "general", "messages": QUESTION, "n": 8}
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=fields, timeout=60)
        assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
        assert answer.json()["error"]["code"] == "rate_limit_exceeded"
        wait_until(lambda: engine.running + engine.waiting == 0)


# ---- leaving, and the end ----


@pytest.mark.parametrize("streams", [True, False])
def test_the_answers_of_a_client_that_leaves_are_cancelled(engine, port, streams):
    fields = '{"model": "slow", "prompt": "A", "max_tokens": 400, "n": 3, "stream": %s}'
    body = fields % str(streams).lower()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"{head}\r\n\r\n{body}".encode())
        wait_until(lambda: engine.running == 3)
    wait_until(lambda: engine.running == 0, seconds=5)


def test_a_stream_tells_when_the_model_fails(ask, engine, monkeypatch):
    stream = ask(model="slow", max_tokens=200, stream=True)
    next(stream)
    monkeypatch.setattr(engine._queues["slow"]._batch, "step", lambda: 1 / 0)
    with pytest.raises(openai.APIError, match="division by zero"):
        list(stream)
    wait_until(lambda: engine.running == 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("streams", [True, False])
def test_a_client_is_told_that_the_engine_has_failed_and_not_that_the_server_ends(
    talkers, monkeypatch, streams
):
    with (
        open_engine([slow_down(talkers[0], 0.02)]) as engine,
        serve(engine, answers=SETTINGS) as port,
    ):
        monkeypatch.setattr(engine._queues["general"], "step", lambda: 1 / 0)
        fields = {"model": "general", "prompt": "A", "max_tokens": 400, "stream": streams}
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/completions", json=fields, timeout=60)
        assert answer.status_code == (200 if streams else 500)
        assert "no more answers can be made; start the server again" in answer.text
        assert "shutting down" not in answer.text


def test_an_answer_in_progress_does_not_hold_up_the_end_of_the_server(talkers):
    with open_engine([slow_down(talkers[0], 0.02)]) as engine:
        with serve(engine, answers=SETTINGS) as port:
            url = f"http://127.0.0.1:{port}/v1/completions"
            fields = {"model": "general", "prompt": "A", "max_tokens": 400, "stream": True}
            with httpx.stream("POST", url, json=fields, timeout=60) as stream:
                lines = stream.iter_lines()
                next(lines)
                waiting = submit(engine, "general", tokens=400)
        assert waiting.finish_reason == "cancelled"
