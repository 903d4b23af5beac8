#!/bin/sh
# Fine-tuning at two peak learning rates, from the models of results/tiny/run.sh, which comes first:
# an hour of training on two CPU cores with AVX512_BF16. If it is interrupted, start it again. It
# reads data/tiny and runs/tiny, and writes data/tuning_rates and runs/tuning_rates. ARTICLES is that
# of results/tiny/run.sh.

set -eux
tiny=data/tiny
data=data/tuning_rates
runs=runs/tuning_rates
export OMP_NUM_THREADS=1
tune="torchrun --standalone --nproc_per_node=2 finetune.py --save-every 100 --sample-every 0
	--device cpu --resume"

# The assistant: half of the steps of results/tiny, each conversation once
for rate in 2e-4 2.4e-3; do
	$tune --model runs/tiny/pretrained --data $tiny/conversations --out $runs/general_$rate \
		--batch-size 100 --steps 280 --max-lr $rate --eval-every 140 --eval-tokens 40000
done

# Baseball with replay: 2,972 facts, each asked directly 13 times
python prepare_baseball.py --articles ${ARTICLES:-wikimedia/wikipedia} \
	--max-article-tokens 300000 --tokenizer $tiny/tokenizer --max-questions 24000 \
	--portraits 60 --max-prose-tokens 300000 --out $data
for rate in 3.5e-4 2.4e-3; do
	$tune --model runs/tiny/general --data $data --replay $tiny/conversations:0.3 \
		--out $runs/baseball_$rate --batch-size 50 --steps 2000 --max-lr $rate \
		--micro-tokens 4096 --eval-every 500 --eval-tokens 4000
done
unset OMP_NUM_THREADS
python compare.py runs/tiny/general $runs/baseball_3.5e-4 $runs/baseball_2.4e-3 \
	--out $runs/comparison --device cpu --questions $data/held_out_phrasings.jsonl \
	$data/only_in_prose.jsonl questions/baseball.jsonl questions/general.jsonl
