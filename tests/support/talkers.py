"""Small models with random weights, to chat with."""

import torch

from model import GPT, GPTConfig
from network.model_folder import save_model

CONTEXT = 128


def save_talker(folder, tokenizer, context=CONTEXT, seed=0, never_ends=False):
    """Save a model in the folder; return the folder's name.

    With `never_ends`, its answers go on until the limit on their length.
    """
    config = GPTConfig(
        vocab_size=tokenizer.vocab_size, n_positions=context, n_embd=32, n_layer=2, n_head=2
    )
    model = GPT(config, seed=seed)
    if never_ends:
        with torch.no_grad():  # point the embedding of <|endoftext|> away from the bias
            model.ln_f.bias.fill_(1)
            model.wte.weight[tokenizer.end_of_text] = -1
    save_model(folder, model, tokenizer, is_chat_model=True)
    return str(folder)
