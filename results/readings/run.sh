#!/bin/sh
# The studies of results/readings, at commit dbcd777: an hour on two CPU cores, after `make demo`,
# whose assistant they tune. They run side by side; if they are interrupted, start them again.

set -eux
export OMP_NUM_THREADS=1

facts() {
	python -m benchmarks.readings --model runs/demo/general --out runs/readings/facts \
		--device cpu --people 0 --asked-facts 1000 "$@"
}

portraits() {
	python -m benchmarks.readings --model runs/demo/general --out runs/readings/portraits \
		--device cpu --phrasings 5 --fact-readings 15 \
		--kinds "birth state" position "debut team" "$@"
}

{
	facts --facts 1000 --phrasings 5 --readings 10 5 20
	facts --facts 1000 --phrasings 2 --readings 10 5 20
	facts --facts 4000 --phrasings 5 --readings 5 2.5 10
	facts --facts 1000 --phrasings 3 --readings 10
} &
portraits --facts 900 --people 300 --readings 20 10
portraits --facts 300 --people 100 --readings 20
portraits --facts 900 --people 300 --versions 1 --readings 20
portraits --facts 900 --people 300 --pronouns yes --readings 20
portraits --facts 1800 --people 600 --readings 20
portraits --facts 900 --people 300 --readings 40
portraits --facts 300 --people 100 --readings 40
wait
