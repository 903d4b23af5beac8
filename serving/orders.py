"""What a client of OpenAI's API asks for, read from the body of its request.

    order = read_chat_order(body, engine, default_settings())
    order.prompts, order.sampling, order.stops, …

The fields have OpenAI's names and meanings, and null means the default. `top_k` and
`repetition_penalty` are accepted too, as by other servers of open models. Of OpenAI's other fields,
those that do not change the answer are ignored. Those that would change it, such as `tools`, are
refused unless they have their neutral value, and so are unknown fields: as with OpenAI, a client is
never answered as if it had asked something else.
"""

import json
import secrets
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from network.chat_session import Assistant, ChatSession
from network.completion import encode_prompt
from network.sampling import Sampling
from serving.engine import Engine
from serving.settings import AnswerSettings
from text.dialogue import HUMAN, BrokenConversation
from text.turns import read_unanswered_turns
from tools.command_line import LARGEST_SEED

MOST_CHOICES = 16  # of one request
LONGEST_STOP = 200  # characters; every token is compared with all beginnings of a stop text
SAMPLING_FIELDS = ("temperature", "top_p", "top_k", "repetition_penalty")
COMPLETION_TOKENS = 16  # OpenAI's default length of a completion

IGNORED = {
    *("user", "metadata", "store", "service_tier", "safety_identifier", "parallel_tool_calls"),
    *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning_effort"),
    *("verbosity", "tool_choice", "function_call", "top_logprobs"),
}
# The value that changes nothing, of fields that are refused with any other.
NEUTRAL: dict[str, Any] = {
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "logit_bias": {},
    "logprobs": False,
    "tools": [],
    "functions": [],
    "response_format": {"type": "text"},
    "modalities": ["text"],
    "best_of": 1,
    "echo": False,
    "suffix": "",
}


class ApiError(Exception):
    """A request that cannot be answered; becomes OpenAI's error object."""

    def __init__(
        self, status: int, message: str, code: str | None = None, param: str | None = None
    ):
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param

    def as_json(self) -> dict[str, Any]:
        """{"error": {"message": …, "type": …, "param": …, "code": …}}"""
        kind = "rate_limit_error" if self.status == 429 else "invalid_request_error"
        if self.status >= 500:
            kind = "server_error"
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error}


@dataclass(frozen=True)
class Order:
    """The answers that one request asks for: one to each of `prompts`, with the seed beside it."""

    model: str
    prompts: list[list[int]]
    seeds: list[int]
    prompt_tokens: int  # a prompt with several answers is counted once
    max_new_tokens: int
    sampling: Sampling
    stops: tuple[str, ...]
    streams: bool
    includes_usage: bool  # a stream ends with the number of tokens


# ---- the fields ----

# A list is checked up to its first mistake. To describe 300,000 of them, which is what a body of
# 1 MB may hold, would take seconds, in which nobody else is served.
FIRST_MISTAKE = Field(fail_fast=True)
Ids = Annotated[list[int], FIRST_MISTAKE]


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    include_usage: bool = False


class Fields(BaseModel):
    """The fields that both kinds of requests have."""

    model_config = ConfigDict(strict=True)

    model: str
    n: int = Field(1, ge=1, le=MOST_CHOICES)
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None
    seed: int | None = Field(None, ge=-(2**63), le=LARGEST_SEED)
    stop: str | Annotated[list[str], Field(max_length=4)] = []
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()

    def sampling(self, settings: AnswerSettings) -> Sampling:
        """Raises ApiError if a value is out of range."""
        given = {name: getattr(self, name) for name in SAMPLING_FIELDS}
        changes = {name: value for name, value in given.items() if value is not None}
        try:
            return replace(settings.sampling, **changes)
        except ValueError as problem:
            raise ApiError(400, str(problem), "invalid_value") from None

    def first_seed(self) -> int:
        """The seed of the first answer: a random one unless the client gives one."""
        return secrets.randbelow(2**31) if self.seed is None else self.seed

    def stops(self) -> tuple[str, ...]:
        """Raises ApiError if a text is too long."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop
        if any(len(text) > LONGEST_STOP for text in given):
            message = f"a stop sequence may have at most {LONGEST_STOP} characters"
            raise ApiError(400, message, "invalid_value", "stop")
        return tuple(text for text in given if text)


AnyFields = TypeVar("AnyFields", bound=Fields)


class ChatFields(Fields):
    messages: Annotated[list[dict[str, Any]], FIRST_MISTAKE]
    max_completion_tokens: int | None = Field(None, ge=1)


class CompletionFields(Fields):
    prompt: (
        str | Annotated[list[str], FIRST_MISTAKE] | Ids | Annotated[list[Ids], FIRST_MISTAKE]
    ) = ""


# ---- reading a request ----


def read_chat_order(body: bytes, engine: Engine, settings: AnswerSettings) -> Order:
    """What the body of a request to /v1/chat/completions asks for.

    `settings` has the values of what the request leaves open. Raises ApiError if it cannot be done.
    """
    fields = _read_fields(body, ChatFields)
    assistant = _find(engine, fields.model)
    wanted = fields.max_completion_tokens or fields.max_tokens or settings.max_new_tokens
    sampling = fields.sampling(settings)
    session = ChatSession(assistant, sampling, wanted, fields.first_seed())
    try:
        *session.messages, question = read_unanswered_turns(fields.messages)
    except BrokenConversation as problem:
        raise ApiError(400, f"the conversation {problem}", "invalid_value", "messages") from None
    try:
        turn = session.begin(question)
    except ValueError as problem:
        raise _too_long(str(problem), "messages") from None
    return Order(
        model=fields.model,
        prompts=[turn.prompt] * fields.n,
        seeds=[turn.seed + number for number in range(fields.n)],
        prompt_tokens=len(turn.prompt),
        max_new_tokens=session.max_new_tokens,
        sampling=sampling,
        stops=(HUMAN, *fields.stops()),
        streams=fields.stream,
        includes_usage=fields.stream_options.include_usage,
    )


def read_completion_order(body: bytes, engine: Engine, settings: AnswerSettings) -> Order:
    """What the body of a request to /v1/completions asks for; otherwise as `read_chat_order`."""
    fields = _read_fields(body, CompletionFields)
    assistant = _find(engine, fields.model)
    given = _list_prompts(fields.prompt)
    if len(given) * fields.n > MOST_CHOICES:
        raise ApiError(400, f"a request has at most {MOST_CHOICES} answers", "invalid_value", "n")
    prompts = [_encode_prompt(prompt, assistant) for prompt in given]
    first_seed = fields.first_seed()
    return Order(
        model=fields.model,
        prompts=[prompt for prompt in prompts for _ in range(fields.n)],
        seeds=[first_seed + number for _ in prompts for number in range(fields.n)],
        prompt_tokens=sum(map(len, prompts)),
        max_new_tokens=fields.max_tokens or COMPLETION_TOKENS,
        sampling=fields.sampling(settings),
        stops=fields.stops(),
        streams=fields.stream,
        includes_usage=fields.stream_options.include_usage,
    )


def _read_fields(body: bytes, kind: type[AnyFields]) -> AnyFields:
    given = _read_json(body)
    for name, neutral in NEUTRAL.items():
        value = given.get(name)
        if value is not None and not _is_same(value, neutral):
            raise ApiError(400, f"{name} is not supported here", "unsupported_parameter", name)
    left_out = IGNORED | NEUTRAL.keys()
    present = {name: v for name, v in given.items() if v is not None and name not in left_out}
    for name in present:
        if name not in kind.model_fields:
            message = f"Unrecognized request argument supplied: {name}"
            raise ApiError(400, message, "unknown_parameter", name)
    try:
        return kind.model_validate(present)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        message = f"{name or 'the body'}: {first['msg']}"
        raise ApiError(400, message, "invalid_value", name or None) from None


def _is_same(value: object, neutral: object) -> bool:
    """Whether they are the same JSON value. In JSON, unlike in Python, 0 is not false."""
    return isinstance(value, bool) == isinstance(neutral, bool) and value == neutral


def _read_json(body: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        given = json.loads(body, parse_constant=refuse)
    except (ValueError, RecursionError) as problem:
        raise ApiError(400, f"the body is not JSON: {problem}") from None
    if not isinstance(given, dict):
        raise ApiError(400, "the body must be a JSON object")
    return given


def _find(engine: Engine, name: str) -> Assistant:
    try:
        return engine.assistant(name)
    except ValueError as problem:
        raise ApiError(404, str(problem), "model_not_found", "model") from None


def _list_prompts(given: str | list[str] | list[int] | list[list[int]]) -> list[Any]:
    """Each prompt, as text or token ids. Raises ApiError if there is none."""
    is_one_prompt = isinstance(given, str) or (given and isinstance(given[0], int))
    prompts: list[Any] = [given] if is_one_prompt else list(given)
    if not prompts:
        raise ApiError(400, "there is no prompt", "invalid_value", "prompt")
    return prompts


def _encode_prompt(prompt: str | list[int], assistant: Assistant) -> list[int]:
    """The token ids of a prompt. Raises ApiError if it is not usable or too long."""
    vocab_size = assistant.tokenizer.vocab_size
    if isinstance(prompt, str) and assistant.tokenizer.fewest_tokens(prompt) >= assistant.context:
        message = f"the prompt has {len(prompt):,} characters, too many for the context"
        raise _too_long(f"{message} of {assistant.context:,} tokens", "prompt")
    ids = encode_prompt(prompt, assistant.tokenizer) if isinstance(prompt, str) else prompt
    if not ids or not all(0 <= id < vocab_size for id in ids):
        last = vocab_size - 1
        message = f"a prompt needs at least one token id, and ids must be from 0 to {last}"
        raise ApiError(400, message, "invalid_value", "prompt")
    if len(ids) >= assistant.context:
        message = f"the prompt has {len(ids):,} tokens, but the context holds {assistant.context:,}"
        raise _too_long(message, "prompt")
    return ids


def _too_long(message: str, param: str) -> ApiError:
    return ApiError(400, message, "context_length_exceeded", param)
