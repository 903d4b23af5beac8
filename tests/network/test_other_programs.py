"""Run folders in other programs: what transformers' chat pipeline does with them, and back."""

import json

import pytest
import torch
import transformers

from model import GPT, GPTConfig
from network.chat_template import has_chat_template
from network.generation import answer_all
from network.model_folder import load_model, save_model
from text.conversation import prompt_ids, tokenize_conversation
from text.dialogue import as_text
from text.tokenizer import END_OF_TEXT, load_tokenizer

SHAPE = {"n_positions": 128, "n_embd": 32, "n_layer": 2, "n_head": 2}
CONVERSATION = [
    "Who hit 60\nhome runs?",
    "Babe Ruth, in 1927: “the Babe” {{ was }} ⚾.",
    "  And when did Assistant: say so? ",
    "Never",
    "Why?",
]


@pytest.fixture(scope="module")
def model(tokenizer):
    return GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **SHAPE), seed=3)


@pytest.fixture(scope="module")
def chat_run(model, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "general"
    save_model(folder, model, tokenizer, is_chat_model=True)
    return folder


@pytest.fixture(scope="module")
def saved_again(chat_run, tmp_path_factory):
    """The run, loaded and saved again by transformers."""
    folder = tmp_path_factory.mktemp("runs") / "again"
    transformers.AutoModelForCausalLM.from_pretrained(chat_run).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(chat_run).save_pretrained(folder)
    return folder


def as_roles(messages):
    roles = ["user", "assistant"]
    return [
        {"role": roles[number % 2], "content": message} for number, message in enumerate(messages)
    ]


def content_of(path):
    return json.loads(path.read_text())


# ---- the files ----


def test_a_run_folder_states_its_context_under_every_name_that_programs_look_for(chat_run):
    assert content_of(chat_run / "config.json")["n_ctx"] == 128
    tokenizer = transformers.AutoTokenizer.from_pretrained(chat_run)
    assert tokenizer.model_max_length == 128
    assert transformers.AutoConfig.from_pretrained(chat_run).max_position_embeddings == 128


def test_generation_stops_at_our_end_of_text(chat_run, tokenizer):
    config = transformers.GenerationConfig.from_pretrained(chat_run)
    ids = [config.bos_token_id, config.eos_token_id, config.pad_token_id]
    assert ids == [tokenizer.end_of_text] * 3


def test_only_a_chat_model_has_a_chat_template(chat_run, model, tokenizer, tmp_path):
    save_model(tmp_path, model, tokenizer)
    assert transformers.AutoTokenizer.from_pretrained(tmp_path).chat_template is None
    assert transformers.AutoTokenizer.from_pretrained(chat_run).chat_template
    assert not has_chat_template(tmp_path)
    assert has_chat_template(chat_run)


def test_a_data_folders_tokenizer_states_no_context(tokenizer_folder):
    assert "model_max_length" not in content_of(tokenizer_folder / "tokenizer_config.json")


# ---- the chat template ----


@pytest.mark.parametrize("turns", [1, 3, 5])
def test_the_chat_template_writes_our_text_and_our_tokens_for_a_prompt(chat_run, tokenizer, turns):
    messages = CONVERSATION[:turns]
    theirs = transformers.AutoTokenizer.from_pretrained(chat_run)
    text = theirs.apply_chat_template(
        as_roles(messages), tokenize=False, add_generation_prompt=True
    )
    assert text.replace(END_OF_TEXT, "") == as_text(messages)
    assert text.count(END_OF_TEXT) == turns // 2
    assert text.endswith("\n\nAssistant:")
    ids = theirs.apply_chat_template(as_roles(messages), add_generation_prompt=True)["input_ids"]
    assert ids == prompt_ids(messages, tokenizer, 10_000)


def test_the_chat_template_writes_what_was_trained_on_for_a_whole_conversation(chat_run, tokenizer):
    messages = CONVERSATION[:4]
    theirs = transformers.AutoTokenizer.from_pretrained(chat_run)
    ids = theirs.apply_chat_template(as_roles(messages))["input_ids"]
    assert ids == tokenize_conversation(messages, tokenizer, 10_000).ids.tolist()
    written = theirs.apply_chat_template(as_roles(["A?", "B."]), tokenize=False)
    assert written == "\n\nHuman: A?\n\nAssistant: B.<|endoftext|>"


def test_a_system_message_goes_before_the_first_human_message(chat_run):
    theirs = transformers.AutoTokenizer.from_pretrained(chat_run)
    system = {"role": "system", "content": "Be brief.\n"}
    text = theirs.apply_chat_template([system, *as_roles(["A?", "B.", "C?"])], tokenize=False)
    assert text == "\n\nHuman: Be brief.\n\nA?\n\nAssistant: B.<|endoftext|>\n\nHuman: C?"
    blank = {"role": "system", "content": " "}
    assert theirs.apply_chat_template([blank, *as_roles(["A?"])], tokenize=False) == (
        "\n\nHuman: A?"
    )


@pytest.mark.parametrize(
    "roles",
    [["assistant"], ["user", "user"], ["tool"], ["user", "system"], ["system", "assistant"]],
)
def test_the_chat_template_refuses_what_our_text_form_cannot_say(chat_run, roles):
    theirs = transformers.AutoTokenizer.from_pretrained(chat_run)
    messages = [{"role": role, "content": "Hello."} for role in roles]
    with pytest.raises(Exception, match="roles must be user, assistant, user, assistant"):
        theirs.apply_chat_template(messages, tokenize=False)


@pytest.mark.parametrize("turns", [1, 3])
def test_the_chat_pipeline_of_transformers_gives_our_greedy_answer(
    chat_run, model, tokenizer, turns
):
    messages = CONVERSATION[:turns]
    [ours] = answer_all(model, tokenizer, [prompt_ids(messages, tokenizer, 128)], 20)
    chat = transformers.pipeline("text-generation", model=str(chat_run), device="cpu")
    [answer] = chat(as_roles(messages), max_new_tokens=20, do_sample=False)
    reply = answer["generated_text"][-1]
    assert reply["role"] == "assistant"
    assert reply["content"].strip() == ours.strip() != ""


# ---- saved again by transformers ----


def test_our_run_saved_again_by_transformers_loads_as_the_same_model(saved_again, model, tokenizer):
    assert not (saved_again / "vocab.json").exists()
    loaded, loaded_tokenizer = load_model(saved_again)
    assert loaded.config == model.config
    pairs = zip(loaded.state_dict().values(), model.state_dict().values(), strict=True)
    assert all(torch.equal(theirs, ours) for theirs, ours in pairs)
    assert loaded_tokenizer.identity() == tokenizer.identity()
    assert has_chat_template(saved_again)


def test_a_gpt2_and_openais_tokenizer_saved_by_transformers_load_with_equal_logits(tmp_path):
    config = transformers.GPT2Config(n_positions=16, n_embd=8, n_layer=1, n_head=1)
    reference = transformers.GPT2LMHeadModel(config).eval()
    load_tokenizer("gpt2").save(tmp_path / "files")
    their_tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "files")
    reference.save_pretrained(tmp_path / "saved")
    their_tokenizer.save_pretrained(tmp_path / "saved")
    ours, tokenizer = load_model(tmp_path / "saved")
    ids = torch.tensor([their_tokenizer.encode("Who hit 60 home runs?")])
    assert ids[0].tolist() == tokenizer.encode("Who hit 60 home runs?")
    assert torch.allclose(ours.logits(ours(ids)), reference(ids).logits, atol=1e-5)


def test_a_padded_embedding_is_refused_with_the_line_that_mends_it(tmp_path):
    config = transformers.GPT2Config(
        vocab_size=50304, n_positions=16, n_embd=8, n_layer=1, n_head=1
    )
    padded = transformers.GPT2LMHeadModel(config)
    padded.save_pretrained(tmp_path)
    load_tokenizer("gpt2").save(tmp_path)
    with pytest.raises(ValueError, match=r"50,304 .* 50,257.*resize_token_embeddings\(50257\)"):
        load_model(tmp_path)
    padded.resize_token_embeddings(50257)
    padded.save_pretrained(tmp_path)
    assert load_model(tmp_path)[0].config.vocab_size == 50257


def remedy_in(message):
    """The Python line at the end of an error message, which begins with AutoModelForCausalLM."""
    return message[message.index("AutoModelForCausalLM") :]


def mend(message):
    eval(remedy_in(message), {"AutoModelForCausalLM": transformers.AutoModelForCausalLM})


def test_weights_in_several_files_are_refused_with_the_line_that_mends_it(saved_again, tmp_path):
    reference = transformers.AutoModelForCausalLM.from_pretrained(saved_again)
    reference.save_pretrained(tmp_path, max_shard_size="50KB")
    transformers.AutoTokenizer.from_pretrained(saved_again).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="model.safetensors is missing.*in several files") as error:
        load_model(tmp_path)
    mend(str(error.value))
    assert load_model(tmp_path)


def test_pickled_weights_are_refused_with_the_line_that_mends_it(saved_again, tmp_path):
    reference = transformers.AutoModelForCausalLM.from_pretrained(saved_again)
    transformers.AutoTokenizer.from_pretrained(saved_again).save_pretrained(tmp_path)
    reference.config.save_pretrained(tmp_path)
    torch.save(reference.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(
        ValueError, match="model.safetensors is missing.*pytorch_model.bin"
    ) as error:
        load_model(tmp_path)
    mend(str(error.value))
    assert load_model(tmp_path)
