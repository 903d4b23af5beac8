"""What a pretraining run starts from: new weights of a chosen size, or an existing model.

A resumed run with --from takes its shape and weights from its checkpoint, and the rest from its
run.json, so the model that it started from need not exist any more. Without --from, the shape is
that of --size, which must be given again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from model import GPT, GPTConfig
from network.model_folder import load_model, read_config
from text.corpus import Corpus
from text.data_folder import check_tokenizer
from tools.files import retry_while_held
from training.run_folder import PreviousRun

Shape = Mapping[str, int]  # the fields of GPTConfig except vocab_size


@dataclass(frozen=True)
class Start:
    """The shape of a run's model, and the folder of the model that it starts from, if any."""

    size: str  # a name of a size, or the shape in words
    shape: Shape
    origin: str | None = None
    inputs: dict = field(default_factory=dict)  # what run.json's "inputs" says about the origin
    is_resumed: bool = False  # then a checkpoint has the weights

    @property
    def context(self) -> int:
        """The context of the model, in tokens."""
        return self.shape["n_positions"]

    def make_model(self, corpus: Corpus, kernels: str, seed: int) -> GPT:
        """The model to train, on the CPU: loaded, or new with random weights.

        Raises ValueError if the origin cannot be loaded, or if the data was tokenized with another
        tokenizer than its own.
        """
        if self.origin is None or self.is_resumed:
            config = GPTConfig(vocab_size=corpus.tokenizer.vocab_size, **self.shape)
            return GPT(config, kernels, seed)
        model, tokenizer = load_model(self.origin, kernels)
        check_tokenizer(corpus.train.folder, corpus.meta, tokenizer)
        return model


def choose_start(
    size: str | None,
    origin: str | None,
    previous: PreviousRun,
    sizes: Mapping[str, Shape],
    default_size: str,
) -> Start:
    """The start that --size and --from ask for; `previous` is NEW_RUN without --resume.

    If --from is not given, a resumed run keeps the one it had. Raises ValueError if the origin
    holds no model, or if --size is another than its own.
    """
    if origin is None:
        recorded = previous.settings.get("from")
        origin = recorded if isinstance(recorded, str) else None
    if origin is None:
        name = size or default_size
        return Start(name, sizes[name])
    config = vars(read_config(Path(previous.checkpoint or origin)))
    shape = {name: config[name] for name in sizes[default_size]}
    if size and sizes[size] != shape:
        raise ValueError(
            f"--size {size} has {describe_shape(sizes[size])}, but the model of --from {origin} "
            f"has {describe_shape(shape)}; leave --size out"
        )
    names = [name for name in sizes if sizes[name] == shape]
    inputs = _inputs(origin, previous)
    size_name = names[0] if names else describe_shape(shape)
    return Start(size_name, shape, origin, inputs, previous.checkpoint is not None)


def _inputs(origin: str, previous: PreviousRun) -> dict:
    """The origin's folder, and the SHA-256 of its weights, as they were when the run started."""
    if previous.checkpoint:
        recorded = (previous.inputs or {}).get("from")
        return {"from": recorded} if recorded else {}
    path = Path(origin) / "model.safetensors"
    if not path.is_file():
        return {}  # loading the model will fail, with the remedy
    with retry_while_held(lambda: open(path, "rb")) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"from": {"folder": origin, "sha256": digest}}


def describe_shape(shape: Shape) -> str:
    """A shape in words: "12 layers, 768 wide, 12 heads, context 1,024"."""
    layers = f"{shape['n_layer']} layer" + ("s" if shape["n_layer"] > 1 else "")
    heads = f"{shape['n_head']} head" + ("s" if shape["n_head"] > 1 else "")
    return f"{layers}, {shape['n_embd']} wide, {heads}, context {shape['n_positions']:,}"
