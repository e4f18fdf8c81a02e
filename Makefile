SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: run test bench schema help

BUILT = $${CARGO_TARGET_DIR:-target}/debug
need = @command -v $(1) >/dev/null || { echo "$(1) is missing: install $(2) first" >&2; exit 1; }
pages = npm ci --prefix miniprogram-stub --no-audit --no-fund && npm run --prefix miniprogram-stub build

## run     build everything and start the demo
run:
	$(call need,cargo,Rust from rustup)
	$(call need,npm,Node.js)
	$(pages)
	cargo build --bins -p nuanyang -p wechat-simulator && exec "$(BUILT)/nuanyang" demo

## test    every check, on real servers (installed when missing)
test:
	$(call need,cargo,Rust from rustup)
	@cargo run -q -p nuanyang-kit --bin trial -- test

## bench   load and limits, on servers that keep what they are told
bench:
	$(call need,cargo,Rust from rustup)
	@cargo run -q -p nuanyang-kit --bin trial -- bench

## schema  write schema.graphql anew
schema:
	@cargo run -q -p nuanyang -- sdl > schema.graphql.new || { rm -f schema.graphql.new; exit 1; }
	@mv schema.graphql.new schema.graphql

## help    this list
help:
	@sed -n 's/^## //p' Makefile
