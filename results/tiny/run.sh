#!/bin/sh
# The run of results/tiny from beginning to end: six and a half hours on two CPU cores with AVX512_BF16, besides
# the downloads. If it is interrupted, start it again; training resumes where it stopped. It writes
# data/tiny and runs/tiny.
#
# The text is by default FineWeb-Edu's, Nectar's and Wikipedia's, from the hub. The published run
# read local files in their formats (results/README.md says which):
#
#     TEXT="corpus/text_0.parquet corpus/text_1.parquet corpus/text_2.parquet"
#     TOKENIZER_TEXT="corpus/text_0.parquet corpus/conversations.parquet"
#     CONVERSATIONS=corpus/conversations.parquet
#     ARTICLES="corpus/articles_0.parquet corpus/articles_1.parquet"

set -eux
data=data/tiny
runs=runs/tiny
text=${TEXT:-$data/text.parquet}
tokenizer_text=${TOKENIZER_TEXT:-$text}
conversations=${CONVERSATIONS:-berkeley-nest/Nectar}
articles=${ARTICLES:-wikimedia/wikipedia}
export OMP_NUM_THREADS=1
both_cores="torchrun --standalone --nproc_per_node=2"

# The data
if [ "$text" = $data/text.parquet ] && [ ! -f "$text" ]; then
	python -m benchmarks.download_text --megabytes 570 --out "$text"
fi
python tokenizer_bpe.py train --input $tokenizer_text --vocab-size 8192 --out $data/tokenizer
python prepare_fineweb.py --source $text --tokenizer $data/tokenizer --val-tokens 600_000 \
	--out $data/text
python prepare_nectar.py --source $conversations --tokenizer $data/tokenizer \
	--out $data/conversations
python prepare_baseball.py --articles $articles --max-article-tokens 1_000_000 \
	--tokenizer $data/tokenizer --forms direct:0.82 reverse:0.03 clues:0.02 true_false:0.04 \
	choice:0.04 fill_in:0.02 follow_up:0.03 --max-questions 234000 --max-test-questions 0 \
	--portraits 1000 --max-prose-tokens 2000000 --knowledge-readings 2 \
	--shares facts:0.78 portraits:0.12 prose:0.05 articles:0.05 --out $data/baseball

# The base model, the assistant and the baseball models
$both_cores pretrain.py --data $data/text --out $runs/pretrained --size tiny --steps 11000 \
	--eval-every 500 --eval-tokens 131072 --save-every 500 --sample-every 2750 --device cpu --resume
$both_cores finetune.py --model $runs/pretrained --data $data/conversations --out $runs/general \
	--batch-size 100 --steps 573 --max-lr 2e-3 --eval-every 50 --eval-tokens 40000 \
	--save-every 100 --sample-every 0 --device cpu --resume
$both_cores finetune.py --model $runs/general --data $data/baseball --out $runs/baseball \
	--batch-size 160 --steps 4300 --max-lr 5e-3 --min-lr 5e-5 --weights newest --max-turns 3 \
	--careless 0.2 --micro-tokens 4096 --eval-every 1000 --eval-tokens 4000 --save-every 200 \
	--sample-every 0 --device cpu --resume
$both_cores finetune.py --model $runs/general --data $data/baseball \
	--replay $data/conversations:0.15 --out $runs/baseball_replay \
	--batch-size 160 --steps 4520 --max-lr 5e-3 --min-lr 5e-5 --weights newest --max-turns 3 \
	--careless 0.2 --micro-tokens 4096 --eval-every 1000 --eval-tokens 4000 --save-every 200 \
	--sample-every 0 --device cpu --resume
$both_cores finetune.py --model $runs/baseball --data $data/baseball --out $runs/baseball_2 \
	--seed 1 --batch-size 160 --steps 2000 --max-lr 1.2e-3 --min-lr 3e-5 --weights newest \
	--max-turns 3 --careless 0.2 --micro-tokens 4096 --eval-every 500 --eval-tokens 4000 \
	--save-every 200 --sample-every 0 --device cpu --resume
$both_cores finetune.py --model $runs/baseball_replay --data $data/baseball \
	--replay $data/conversations:0.5 --out $runs/baseball_replay_2 --seed 1 \
	--batch-size 160 --steps 2600 --max-lr 1.2e-3 --min-lr 3e-5 --weights newest --max-turns 3 \
	--careless 0.2 --micro-tokens 4096 --eval-every 500 --eval-tokens 4000 --save-every 200 \
	--sample-every 0 --device cpu --resume
unset OMP_NUM_THREADS

# The comparison
sh results/choose_questions.sh $data
python compare.py $runs/general $runs/baseball $runs/baseball_2 $runs/baseball_replay \
	$runs/baseball_replay_2 --out $runs/comparison --device cpu \
	--questions $data/asked/*.jsonl questions/*.jsonl
python plot_loss.py $runs/pretrained --x tokens --out $runs/pretrained.png
python plot_loss.py $runs/general $runs/baseball $runs/baseball_2 $runs/baseball_replay \
	$runs/baseball_replay_2 --out $runs/tuned.png
