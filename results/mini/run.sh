#!/bin/sh
# The run of results/mini from beginning to end: two hours on two CPU cores. If it is interrupted,
# start it again; it resumes where it stopped. results/README.md describes the corpus, which is not
# part of the repository. corpus/ must hold these files:
#
#     text_0.parquet, text_1.parquet, text_2.parquet    a column "text"
#     conversations.parquet                             "prompt", "answers", "turns", as in Nectar
#     articles_0.parquet, articles_1.parquet            "title", "text"

for file in text_0 text_1 text_2 conversations articles_0 articles_1; do
	if [ ! -f "corpus/$file.parquet" ]; then
		echo "run.sh: there is no corpus/$file.parquet; the comment at the top of $0 says what" \
			"it should hold" >&2
		exit 2
	fi
done

set -eux
export OMP_NUM_THREADS=1  # two processes of one thread each
train="torchrun --standalone --nproc_per_node=2"
tune="$train finetune.py --micro-tokens 4096 --max-lr 3e-3 --eval-every 20 --eval-tokens 32768
	--save-every 20 --sample-every 0 --resume"

# The data
python tokenizer_bpe.py train --input corpus/text_0.parquet corpus/conversations.parquet \
	--vocab-size 8192 --out data/tokenizer
python prepare_fineweb.py --tokenizer data/tokenizer --val-tokens 600_000 --out data/text \
	--source corpus/text_0.parquet corpus/text_1.parquet corpus/text_2.parquet
python prepare_nectar.py --source corpus/conversations.parquet --tokenizer data/tokenizer \
	--out data/conversations
python prepare_baseball.py --articles corpus/articles_0.parquet corpus/articles_1.parquet \
	--tokenizer data/tokenizer --max-questions 10000 --max-prose-tokens 300000

# The models
$train pretrain.py --data data/text --size mini --steps 750 --batch-tokens 16384 --max-lr 5e-3 \
	--eval-every 75 --eval-tokens 131072 --save-every 50 --sample-every 150 --resume
$tune --model runs/pretrained --data data/conversations --out runs/general \
	--batch-size 100 --steps 80
$tune --model runs/general --data data/baseball --out runs/baseball --batch-size 200 --steps 140
$tune --model runs/general --data data/baseball --replay data/conversations:0.3 \
	--out runs/baseball_replay --batch-size 200 --steps 160
unset OMP_NUM_THREADS

# The pictures and the comparison
python plot_loss.py runs/pretrained --x tokens --out runs/pretrained.png
python plot_loss.py runs/general runs/baseball runs/baseball_replay --out runs/tuned.png
python compare.py runs/general runs/baseball runs/baseball_replay \
	--questions questions/baseball.jsonl questions/general.jsonl \
	data/baseball/held_out_phrasings.jsonl data/baseball/only_in_prose.jsonl \
	data/baseball/nowhere.jsonl
