# The commands of the project. `make demo` runs the whole path on the small corpus in sample/; once
# the packages are installed it needs no network.

PYTHON ?= python3
SEED ?= 0
TEXT ?= data/bench/text.parquet
BIN := .venv/bin
PY := $(BIN)/python
DATA := data/demo
RUNS := runs/demo

# The demo runs on the CPU, even beside a graphics card: two processes could not share one card.
# Conversations are short. Two processes of one thread are faster on them than one of two threads.
TUNE := OMP_NUM_THREADS=1 $(BIN)/torchrun --standalone --nproc_per_node=2 finetune.py \
	--batch-size 32 --micro-tokens 2048 --max-lr 5e-3 --min-lr 1e-4 --weights newest \
	--max-turns 5 --careless 0.5 --eval-every 100 --eval-tokens 1000 --save-every 0 \
	--sample-every 0 --seed $(SEED) --device cpu

KINDS := "season home runs" "season hits" "season strikeouts" "season stolen bases" \
	"career home runs" "birth state" "birth year" "batting side" "debut team" "main team" \
	"position" "hall of fame year" "world series winner" "world series mvp" \
	"most valuable player" "cy young award" "rookie of the year" "manager" "ballpark" \
	"league leader in home runs"

# What is hardest gets more than by default, what is easiest less. True or false stays near chance
# on as few facts as these, and gets less, too.
FORMS := direct:0.48 reverse:0.11 clues:0.05 true_false:0.08 choice:0.13 fill_in:0.05 follow_up:0.1

HELD_OUT := $(DATA)/baseball/held_out_phrasings.jsonl
COMPARE := OMP_NUM_THREADS=1 $(PY) compare.py $(RUNS)/general $(RUNS)/baseball \
	$(RUNS)/baseball_replay --device cpu

CHAT_QUESTIONS := "What is the star closest to our planet Earth?" \
	"Which planet is known for its rings?" "How many days are in a normal year?"

.PHONY: demo published serve test test-browser lint format crash bench clean

demo: .venv/installed
	rm -rf $(DATA) $(RUNS)
	$(PY) tokenizer_bpe.py train --input sample/fineweb_edu.jsonl sample/nectar.jsonl \
		--vocab-size 2048 --out $(DATA)/tokenizer
	$(PY) prepare_fineweb.py --source sample/fineweb_edu.jsonl --tokenizer $(DATA)/tokenizer \
		--val-fraction 0.08 --out $(DATA)/text
	$(PY) prepare_nectar.py --source sample/nectar.jsonl --tokenizer $(DATA)/tokenizer \
		--out $(DATA)/nectar
	$(PY) prepare_baseball.py --articles none --tokenizer $(DATA)/tokenizer --kinds $(KINDS) \
		--max-questions 540 --max-prose-tokens 70000 --val-fraction 0.1 \
		--shares facts:0.9 portraits:0.05 prose:0.05 --forms $(FORMS) --out $(DATA)/baseball
	$(PY) pretrain.py --data $(DATA)/text --out $(RUNS)/pretrained --size tiny --steps 22 \
		--batch-tokens 8192 --micro-tokens 8192 --max-lr 4e-3 --min-lr 2e-4 \
		--eval-every 11 --save-every 0 --sample-every 11 --seed $(SEED) --device cpu
	$(TUNE) --model $(RUNS)/pretrained --data $(DATA)/nectar --out $(RUNS)/general --steps 600
	$(TUNE) --model $(RUNS)/general --data $(DATA)/baseball --out $(RUNS)/baseball --steps 375
	$(TUNE) --model $(RUNS)/general --data $(DATA)/baseball --replay $(DATA)/nectar:0.45 \
		--out $(RUNS)/baseball_replay --steps 750
	$(PY) plot_loss.py $(RUNS)/pretrained $(RUNS)/general $(RUNS)/baseball \
		$(RUNS)/baseball_replay --out $(RUNS)/loss.png
	printf '%s\n' $(CHAT_QUESTIONS) > $(RUNS)/questions.txt
	awk '{print; print "/reset"}' $(RUNS)/questions.txt | $(PY) chat.py --model $(RUNS)/general \
		--temperature 0 --max-new-tokens 40 --device cpu > $(RUNS)/answers.txt
	paste -d '\n' $(RUNS)/questions.txt $(RUNS)/answers.txt
	awk 'NR % 2' sample/questions.jsonl > $(RUNS)/sixty_questions.jsonl
	$(COMPARE) --out $(RUNS)/comparison_as_asked --turns 1 2 3 \
		--typing lower marks letter please thanks --questions $(HELD_OUT) \
		$(RUNS)/sixty_questions.jsonl > $(RUNS)/as_asked.txt & as_asked=$$!; \
	status=0; $(COMPARE) --out $(RUNS)/comparison --questions $(HELD_OUT) \
		$(DATA)/baseball/form_*.jsonl $(DATA)/baseball/only_in_prose.jsonl \
		$(DATA)/baseball/nowhere.jsonl sample/questions.jsonl || status=$$?; \
	wait $$as_asked && exit $$status
	cat $(RUNS)/as_asked.txt

# The run of results/h200, which needs a graphics card. Its run.sh says what it reads.
published: .venv/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" sh results/h200/run.sh

# The page on which the demo's models answer, in the browser; trains the demo if it is not there.
serve: .venv/installed-serve
	test -f $(RUNS)/comparison/report.json || $(MAKE) demo
	$(PY) serve.py $(RUNS)/general $(RUNS)/baseball $(RUNS)/baseball_replay

# On every core. tests/support/scheduling.py says which tests a process runs together.
test: .venv/installed-tests
	$(PY) -m pytest -q tests --ignore tests/browser --numprocesses auto --maxprocesses 8

# The pages in a real browser: Debian's package chromium, or Google Chrome.
test-browser: .venv/installed-tests
	$(PY) -m pytest -q -rs tests/browser

lint: .venv/installed-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/installed-tests
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

# Two hundred interrupted runs, compared with undisturbed ones: a quarter of an hour on two cores.
crash: .venv/installed-tests
	OMP_NUM_THREADS=1 $(PY) -m tests.support.crashes --rounds 200 --seed $(SEED)

# TEXT is real text in .parquet files, by default downloaded. NANOGPT is a checkout of nanoGPT to
# compare with, if given.
bench: .venv/installed-tests $(TEXT)
	$(PY) -m pip install -q -r benchmarks/requirements.txt
	$(PY) -m benchmarks.startup
	$(PY) -m benchmarks.training_step $(if $(NANOGPT),--nanogpt $(NANOGPT))
	$(PY) -m benchmarks.generate
	$(PY) -m benchmarks.generate --dtype float32 --skip-uncached
	$(PY) -m benchmarks.bpe_training --input $(TEXT)
	$(PY) -m benchmarks.tokenizing --input $(TEXT)
	$(PY) -m benchmarks.scaling
	$(PY) -m benchmarks.on_paper

data/bench/text.parquet: .venv/installed
	$(PY) -m benchmarks.download_text --out $@

.venv/installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or \
		sys.exit("Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv .venv
	$(PY) -m pip install -q -r requirements.txt
	touch $@

.venv/installed-serve: .venv/installed requirements-serve.txt
	$(PY) -m pip install -q -r requirements-serve.txt
	touch $@

.venv/installed-tests: .venv/installed-serve tests/requirements.txt
	$(PY) -m pip install -q -r tests/requirements.txt
	touch $@

clean:
	rm -rf .venv $(DATA) $(RUNS)
