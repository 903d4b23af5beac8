"""Text on its way to the network, from a source to the batches of a training step.

sources         data sets on the hub (hub) and local files (local_files), as rows
pieces          word counts, for training a tokenizer
tokenizer       text to token ids and back
documents       rows to tokens, in worker processes
dialogue        the text form of a conversation
conversation_forms   the forms in which people keep conversations (nectar, turns)
conversation    a conversation as tokens, with a mask of what is learned
data_folder     what folders of shards and of conversations have in common
shard_writer    writing token shards
shards          reading token shards
corpus          a folder of token shards, opened for pretraining
examples        stored conversations, and pools of them to draw from
mixture         several folders, mixed for fine-tuning
permutation     a random order that depends on the seed and the epoch alone
batches         what an optimizer step sees
"""
