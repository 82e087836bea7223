# SPDX-License-Identifier: MIT
# The front door. Meson and Ninja do the work behind it; `make run` and `make test` need nothing done before.

PORT ?= 3000
PREFIX ?= /usr/local
DESTDIR ?=
BENCH ?= all
FUZZ_SECONDS ?= 60
ONLY ?=

.PHONY: build run test setup setup-run setup-bench clean format fuzz bench install

build: setup-run
	@scripts/build build

run: build
	@exec build/examples/chat --port $(PORT)

test: setup
	@scripts/run-tests $(if $(ONLY),--only '$(ONLY)')

# All that the tests need; setup-run is what it takes to build and run.
setup:
	@scripts/setup run test

setup-run:
	@scripts/setup run

setup-bench:
	@scripts/setup run bench

fuzz: setup
	@scripts/run-tests --only fuzz --fuzz-seconds $(FUZZ_SECONDS)

bench: setup-bench
	@scripts/build build bench
	@bench/run $(BENCH)

format:
	@clang-format -i $$(find include src tests fuzz examples bench -name '*.[ch]')

install: build
	@scripts/install '$(abspath $(PREFIX))' '$(abspath $(DESTDIR))'

clean:
	@rm -rf build build-asan build-fuzz build-tsan
