#!/bin/sh
# The run of results/knowledge, at commit ae6d046: about fifty minutes on two CPU cores, after `make
# demo`, whose assistant it tunes. If it is interrupted, start it again; it resumes where it stopped.

set -eux
export OMP_NUM_THREADS=1  # two processes of one thread each

python prepare_baseball.py --articles none --tokenizer data/demo/tokenizer \
	--forms direct:0.7 reverse:0.06 clues:0.04 true_false:0.05 choice:0.06 fill_in:0.04 \
	follow_up:0.05 \
	--kinds rules "terms a to l" "terms m to z" "people a to l" "people m to z" \
	"moments and records" "clubs and ballparks" "eras and history" "negro leagues and world" \
	"scoring and statistics" strategy "culture and business" "field and equipment" techniques \
	"birth year" "birth state" position "batting side" "main team" "debut year" "debut team" \
	college ballpark --max-questions 103000 --max-test-questions 0 --max-prose-tokens 900000 \
	--portraits 900 --held-out-people 0.1 --shares facts:0.485 portraits:0.49 prose:0.025 \
	--knowledge-readings 2 --out data/knowledge
torchrun --standalone --nproc_per_node=2 finetune.py --model runs/demo/general \
	--data data/knowledge --replay data/demo/nectar:0.08 --out runs/knowledge --batch-size 160 \
	--micro-tokens 4096 --max-lr 5e-3 --min-lr 5e-5 --weights newest --max-turns 3 \
	--careless 0.1 --steps 2400 --eval-every 500 --eval-tokens 4000 --save-every 200 --keep 2 \
	--sample-every 0 --device cpu --resume

# Every fifth question is a fair sample of all facts: the kinds take turns until they run out. So are
# the first of each form.
mkdir -p data/asked
awk 'NR % 5 == 1' data/knowledge/held_out_phrasings.jsonl > data/asked/every_fifth_phrasing.jsonl
awk 'NR % 3 == 1' data/knowledge/held_out_own_words.jsonl > data/asked/every_third_own_words.jsonl
for form in reverse clues true_false choice fill_in follow_up; do
	head -n 400 data/knowledge/form_$form.jsonl > data/asked/form_$form.jsonl
done
python compare.py runs/demo/general runs/knowledge --out runs/knowledge_comparison --device cpu \
	--questions data/asked/every_fifth_phrasing.jsonl data/asked/every_third_own_words.jsonl \
	data/knowledge/only_in_prose.jsonl data/knowledge/nowhere.jsonl data/asked/form_*.jsonl \
	sample/questions.jsonl questions/baseball.jsonl questions/quiz.jsonl questions/typed.jsonl
