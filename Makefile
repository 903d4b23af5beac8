# The order of the pipeline. `make demo` runs all of it on the text in sample/, with no network after the install.

PYTHON ?= python3
BIN := .venv/bin
DEMO := runs/demo

.PHONY: demo test clean

demo: .venv/installed
	rm -rf data/demo $(DEMO)
	$(BIN)/python tokenizer_bpe.py train --input sample/fineweb_edu.jsonl --vocab-size 2048 --out data/demo/tokenizer
	$(BIN)/python prepare_fineweb.py --source sample/fineweb_edu.jsonl --tokenizer data/demo/tokenizer --val-fraction 0.08 --out data/demo/text
	$(BIN)/python pretrain.py --data data/demo/text --out $(DEMO)/pretrained --size tiny --steps 100 --batch-tokens 8192 \
		--optimizer muon --max-lr 4e-3 --min-lr 2e-4 --eval-every 20 --save-every 50 --sample-every 50
	$(BIN)/python plot_loss.py $(DEMO)/pretrained --out $(DEMO)/loss.png

test: .venv/installed-tests
	$(BIN)/python -m pytest -q tests

.venv/installed: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -r requirements.txt
	touch $@

.venv/installed-tests: .venv/installed tests/requirements.txt
	$(BIN)/python -m pip install -q -r tests/requirements.txt
	touch $@

clean:
	rm -rf .venv data/demo $(DEMO)
