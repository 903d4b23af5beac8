"""Text on its way to the network, from a source to the batches of a training step.

sources             data sets on the hub (hub) and local files (local_files), as rows
endpoint            the address of the hub
pieces              word counts, for training a tokenizer
tokenizer           text to token ids and back
tokenizer_json      reading a tokenizer that the `tokenizers` library stored
documents           rows to tokens, in worker processes
splits              which rows are for training and which for validation
dialogue            the text form of a conversation
conversation_forms  the forms in which people keep conversations (nectar, turns)
conversation        a conversation as tokens, with a mask of what is learned
data_folder         what folders of shards and of conversations have in common
shard_writer        writing token shards
position_split      where the shards are cut, if the end of the data is for validation
shards              reading token shards
corpus              a folder of token shards, opened for pretraining
examples            stored conversations, and pools of them to draw from
mixture             several folders, mixed for fine-tuning
permutation         a random order that depends on the seed and the epoch alone
transforms          what is done to the conversations of a fine-tuning step
joining             exchanges joined into conversations of several turns
retyping            questions typed carelessly, while fine-tuning
careless            the ways in which people type carelessly
batches             what an optimizer step sees
readings            how often fine-tuning reads each conversation
mixture_summary     what finetune.py prints about its data
"""
