#!/bin/sh
# choose_questions.sh DATA: a fair sample of each group of questions in DATA/baseball, to DATA/asked.
# Any first part of a file has all kinds in turn, until the rare ones run out; every n-th line has
# them in their proportions.

set -eu
baseball=$1/baseball
asked=$1/asked
mkdir -p "$asked"
awk 'NR % 15 == 1' "$baseball/held_out_phrasings.jsonl" > "$asked/facts.jsonl"
awk 'NR % 4 == 1' "$baseball/held_out_own_words.jsonl" > "$asked/own_words.jsonl"
awk 'NR % 2 == 1' "$baseball/nowhere.jsonl" > "$asked/nowhere.jsonl"
cp "$baseball/only_in_prose.jsonl" "$asked/"
for form in reverse clues true_false choice fill_in follow_up; do
	head -n 300 "$baseball/form_$form.jsonl" > "$asked/form_$form.jsonl"
done
