#!/bin/sh
# The run of results/knowledge, at commit 3de16fd: about an hour on two CPU cores, after
# `make demo`, whose assistant it tunes. If it is interrupted, start it again; it resumes where it
# stopped.
# (Since then an entry of the knowledge has about fourteen questions more: the same --max-questions
# takes fewer facts today.)

set -eux
export OMP_NUM_THREADS=1  # two processes of one thread each

python prepare_baseball.py --articles none --tokenizer data/demo/tokenizer --forms direct:1 \
	--kinds rules "terms a to l" "terms m to z" "people a to l" "people m to z" \
	"moments and records" "clubs and ballparks" "eras and history" "negro leagues and world" \
	"scoring and statistics" strategy "culture and business" "field and equipment" techniques \
	"birth year" "birth state" position "batting side" "main team" "debut year" \
	--max-questions 36000 --portraits 0 --held-out-people 0.2 --max-prose-tokens 800000 \
	--shares facts:0.5 portraits:0.47 prose:0.03 --out data/knowledge
torchrun --standalone --nproc_per_node=2 finetune.py --model runs/demo/general \
	--data data/knowledge --replay data/demo/nectar:0.12 --out runs/knowledge --batch-size 80 \
	--micro-tokens 2048 --max-lr 4e-3 --min-lr 4e-5 --weights newest --max-turns 3 \
	--careless 0.2 --steps 1700 --eval-every 200 --eval-tokens 4000 --save-every 100 --keep 3 \
	--sample-every 0 --device cpu --resume
python compare.py runs/demo/general runs/knowledge --out runs/knowledge_comparison --device cpu \
	--questions data/knowledge/held_out_phrasings.jsonl data/knowledge/only_in_prose.jsonl \
	data/knowledge/nowhere.jsonl sample/questions.jsonl questions/baseball.jsonl \
	questions/quiz.jsonl
