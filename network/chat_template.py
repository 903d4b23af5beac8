"""The text form of conversations as a chat template, for other programs.

`transformers`, evaluation harnesses and GGUF converters find it in the tokenizer_config.json of a
model that was tuned on conversations. It renders what `text.dialogue.as_text` writes, with
<|endoftext|> after each answer.
"""

import json
from pathlib import Path

from text.dialogue import ASSISTANT, HUMAN
from tools.files import read_bytes, read_json

BLANK_LINE = "\n\n"

# Jinja. A system message goes before the first human message, as text/dialogue.py knows only two
# speakers. Other roles are refused, so that nothing is rendered that the model has never seen.
# json.dumps quotes a text as Jinja does: "\n\nHuman: ".
CHAT_TEMPLATE = (
    "{% if messages[0]['role'] == 'system' %}"
    "{% set system = messages[0]['content'] | trim %}"
    "{% set turns = messages[1:] %}"
    "{% else %}"
    "{% set system = '' %}"
    "{% set turns = messages %}"
    "{% endif %}"
    "{% for message in turns %}"
    "{% if message['role'] != ('user' if loop.index0 % 2 == 0 else 'assistant') %}"
    "{{ raise_exception('The roles must be user, assistant, user, assistant, and so on, after at "
    "most one system message') }}"
    "{% elif message['role'] == 'user' %}"
    f"{{{{ {json.dumps(HUMAN + ' ')} }}}}"
    f"{{% if loop.first and system %}}{{{{ system + {json.dumps(BLANK_LINE)} }}}}{{% endif %}}"
    "{{ message['content'] }}"
    "{% else %}"
    f"{{{{ {json.dumps(ASSISTANT + ' ')} + message['content'] + eos_token }}}}"
    "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}"
    f"{{{{ {json.dumps(ASSISTANT)} }}}}"
    "{% endif %}"
)


def has_chat_template(folder: Path | str) -> bool:
    """Whether the model in a folder has our chat template, saved by us or by `transformers`."""
    folder = Path(folder)
    try:
        if (folder / "chat_template.jinja").is_file():
            template = read_bytes(folder / "chat_template.jinja").decode("utf-8")
        else:
            template = read_json(folder / "tokenizer_config.json")["chat_template"]
    except (OSError, ValueError, KeyError, TypeError):  # no template, or one that is not ours
        return False
    return template == CHAT_TEMPLATE
