#!/bin/sh
# The run of results/h200 from beginning to end: GPT-2 small, nine minutes of one H200, besides the
# data. By arithmetic an RTX 4070 takes about an hour; give it MICRO_TOKENS=16384. If it is
# interrupted, start it again; training resumes where it stopped. It writes data/published and
# runs/published.
#
# The text is by default FineWeb-Edu's, Nectar's and Wikipedia's, from the hub. The published run
# read local files in their formats (results/README.md says which):
#
#     TEXT="corpus/text_0.parquet corpus/text_1.parquet"
#     CONVERSATIONS=corpus/conversations.parquet
#     ARTICLES="corpus/articles_0.parquet corpus/articles_1.parquet"

set -eux
text=${TEXT:-HuggingFaceFW/fineweb-edu}
conversations=${CONVERSATIONS:-berkeley-nest/Nectar}
articles=${ARTICLES:-wikimedia/wikipedia}

data=data/published
runs=runs/published

# The data
python prepare_fineweb.py --source $text --max-tokens 73_000_000 --val-tokens 600_000 \
	--out $data/text
python prepare_nectar.py --source $conversations --out $data/conversations
python prepare_baseball.py --articles $articles --max-article-tokens 1_000_000 \
	--forms direct:0.82 reverse:0.03 clues:0.02 true_false:0.04 choice:0.04 fill_in:0.02 \
	follow_up:0.03 --max-questions 234000 --max-test-questions 0 --portraits 1000 \
	--max-prose-tokens 2000000 --knowledge-readings 2 \
	--shares facts:0.78 portraits:0.12 prose:0.05 articles:0.05 --out $data/baseball

# The base model and the assistant
python pretrain.py --data $data/text --out $runs/pretrained --steps 752 --batch-tokens 65536 \
	--micro-tokens "${MICRO_TOKENS:-65536}" --eval-every 100 --eval-tokens 262144 \
	--save-every 250 --sample-every 500 --resume
tune="python finetune.py --micro-tokens 16384 --weights newest --save-every 250 --sample-every 0
	--resume"
$tune --model $runs/pretrained --data $data/conversations --out $runs/general --batch-size 100 \
	--steps 661 --max-lr 1.2e-3 --eval-every 100 --eval-tokens 100000

# The two baseball models. The published run trained them side by side on its card.
tune="$tune --model $runs/general --data $data/baseball --batch-size 320 --max-lr 3e-3
	--min-lr 3e-5 --max-turns 3 --careless 0.2 --eval-every 500 --eval-tokens 8000"
$tune --out $runs/baseball --steps 476
$tune --out $runs/baseball_replay --steps 500 --replay $data/conversations:0.15

# The comparison
sh results/choose_questions.sh $data
python compare.py $runs/general $runs/baseball $runs/baseball_replay --out $runs/comparison \
	--batch-size 256 --questions $data/asked/*.jsonl questions/*.jsonl
python plot_loss.py $runs/pretrained --x tokens --out $runs/pretrained.png
python plot_loss.py $runs/general $runs/baseball $runs/baseball_replay --out $runs/tuned.png
