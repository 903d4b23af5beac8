#!/bin/sh
# Three seeds of fine-tuning on baseball, with and without replay, at the default rate, from the
# models of results/tiny/run.sh, which comes first: 1.8 hours of training on two CPU cores with
# AVX512_BF16. If it is interrupted, start it again. It reads data/tiny and runs/tiny, and writes
# data/seeds and runs/seeds. ARTICLES is that of results/tiny/run.sh.

set -eux
tiny=data/tiny
data=data/seeds
runs=runs/seeds
export OMP_NUM_THREADS=1
tune="torchrun --standalone --nproc_per_node=2 finetune.py --model runs/tiny/general --data $data
	--batch-size 50 --max-lr 2.4e-3 --micro-tokens 4096 --eval-every 500 --eval-tokens 4000
	--save-every 200 --sample-every 0 --device cpu --resume"

# 2,972 facts, each asked directly 13 times
python prepare_baseball.py --articles ${ARTICLES:-wikimedia/wikipedia} \
	--max-article-tokens 300000 --tokenizer $tiny/tokenizer --max-questions 24000 \
	--portraits 60 --max-prose-tokens 300000 --out $data
for seed in 0 1 2; do
	$tune --out $runs/plain_$seed --seed $seed --steps 1677
	$tune --out $runs/replay_$seed --seed $seed --steps 2000 \
		--replay $tiny/conversations:0.3
done
unset OMP_NUM_THREADS
python compare.py runs/tiny/general $runs/plain_[012] $runs/replay_[012] \
	--out $runs/comparison --device cpu --questions $data/held_out_phrasings.jsonl \
	$data/only_in_prose.jsonl questions/baseball.jsonl questions/general.jsonl
