"""Text on its way to the network, from a source to the batches of a training step.

sources         data sets on the hub (hub) and local files (local_files), as rows
tokenizer       text to token ids and back
documents       rows to tokens, in worker processes
dialogue        the text form of a conversation
conversation    the same as tokens, with a mask of what is learned
data_folder     what folders of shards and of conversations have in common
shard_writer    writing token shards
shards          reading them
examples        stored conversations, and pools of them to draw from
permutation     a random order that depends on the seed alone
batches         what an optimizer step sees
"""
