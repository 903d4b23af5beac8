#!/bin/sh
# The third study of results/readings, at commit d1eebf8: 25 minutes on two CPU cores, after `make
# demo`, whose assistant and data it takes. If it is interrupted, start it again.

set -eux
export OMP_NUM_THREADS=1

sizes() {
	python -m benchmarks.readings --out runs/readings/sizes --device cpu --people 0 --phrasings 5 \
		--asked-facts 1000 --kinds "birth year" "birth state" "birth date" birthplace \
		"death year" "debut year" "debut team" "final year" "final team" position \
		"batting side" "throwing hand" height "main team" college "full name" "$@"
}

{
	sizes --model runs/demo/general --facts 1000 --readings 10 5 20
	sizes --model runs/demo/general --facts 4000 --readings 10
} &
python pretrain.py --data data/demo/text --out runs/mini/pretrained --size mini --steps 22 \
	--batch-tokens 8192 --micro-tokens 8192 --max-lr 4e-3 --min-lr 2e-4 --eval-every 11 \
	--save-every 0 --sample-every 0 --device cpu
python finetune.py --model runs/mini/pretrained --data data/demo/nectar --out runs/mini/general \
	--batch-size 32 --micro-tokens 4096 --max-lr 3e-3 --min-lr 1e-4 --weights newest \
	--max-turns 5 --careless 0.5 --eval-every 100 --eval-tokens 1000 --save-every 0 \
	--sample-every 0 --steps 300 --device cpu
sizes --model runs/mini/general --facts 1000 --readings 10 5
wait
