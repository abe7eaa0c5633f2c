# One recipe a check; `just` lists them. The commands themselves stand in scripts/test, which needs no just.

_default:
    @just --list --unsorted

# Every check
test:
    scripts/test

# Formatting
fmt:
    scripts/test fmt

# Links, paths and commands in the documents
docs:
    scripts/test docs

# Licences, banned crates, sources of dependencies
deny:
    scripts/test deny

# Everything, tests included, in the one profile
build:
    scripts/test build

# Instructions of kernels that the program calls as functions
kernels:
    scripts/test kernels

# Lints
clippy:
    scripts/test clippy

# Documentation of the code
doc:
    scripts/test doc

# Every config in configs/
configs:
    scripts/test configs

# Peers on foreign libraries, installed and tested
peers:
    scripts/test peers

# Smoke runs on real MNIST, and their report
smoke:
    scripts/test smoke

# Tests of the peers in Python
python:
    scripts/test python

# Unit, property, conformance, CLI and snapshot tests
tests:
    scripts/test tests

# Known vulnerabilities and yanked crates; needs the network
advisories:
    cargo deny check advisories

# What a newcomer types first
quickstart:
    cargo run --release -- run configs/quickstart.yaml
