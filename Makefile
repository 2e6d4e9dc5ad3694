# `make help` says what there is. One build profile (dev) serves test and demo, so that nothing is
# compiled twice; only bench uses release.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup check test demo bench show-signed-result show-service clean

export PATH := $(HOME)/.cargo/bin:$(PATH)

PURE := pki cades pdf pades page stamp validation signing
PACKAGES := $(addprefix -p ,$(PURE))

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (Debian packages as root or sudo; the rest under ./var)
	@scripts/setup

demo: setup ## sign and verify three results on a software token; AUTO=1 asks nothing
	@cargo build -p antin
	@target/debug/antin demo $(if $(AUTO),--auto)

check: ## test the pure crates alone: no token, no network, no judge
	cargo test $(PACKAGES)

test: setup ## everything: format, lints, tidy, tests, the outside judges
	@scripts/test

bench: setup ## signing and verifying against the token's own rate, pyHanko, EU DSS and pdfsig
	cargo run --release -p xtask -- bench

show-signed-result: setup ## run and print what this product claims about signed results
	@scripts/show-signed-result

show-service: setup ## run and print what this product claims about the service, on both engines
	@scripts/show-service

clean: ## remove what was built and the state under ./var (tokens and their keys too)
	cargo clean
	rm -rf var
