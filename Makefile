# What one does with Loumen; `make help` lists it.

LOUMEN_HOME ?= .run
SOURCES := services shared deploy tests
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml

.PHONY: help install install-dev run demo audit test bench check format lock clean
.DEFAULT_GOAL := help

help: ## List what make can do 列出可用命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: .venv/installed ## Make the virtual environment from the lock 安装运行环境

install-dev: .venv/installed-dev ## The same with what tests and checks need 安装开发环境

run: .venv/installed ## Everything on this machine, until Ctrl-C 在本机运行全部服务
	@.venv/bin/python -m deploy.local

demo: .venv/installed ## The same with a fast clock and messages coming in 演示：快速时钟，诉求不断进来
	@.venv/bin/python -m deploy.local.demo

audit: .venv/installed ## Prove the record of the running system 审计正在运行的系统
	@set -a && . "$(abspath $(LOUMEN_HOME))/env" && .venv/bin/loumen audit

test: .venv/installed-dev ## Every test that can run here; what was left out is listed 运行测试
	@.venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

bench: .venv/installed-dev ## Measure speed and memory beside what the machine can do (PARTS=…) 测量性能
	@command -v wrk > /dev/null || deploy/local/install-packages.sh wrk
	@.venv/bin/python -m tests.bench $(PARTS)

check: .venv/installed-dev ## Format, lint, types, import rules 静态检查
	.venv/bin/ruff format --check $(SOURCES)
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/installed-dev ## Format the code 整理代码格式
	.venv/bin/ruff format $(SOURCES)
	.venv/bin/ruff check --fix $(SOURCES)

lock: .venv/installed-dev ## Write the lock files anew from pyproject.toml 更新依赖锁
	$(COMPILE) --group build --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove the virtual environment and caches; data in .run stays 清理（保留数据）
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: requirements.lock pyproject.toml
	@deploy/local/bootstrap.sh requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml
	@deploy/local/bootstrap.sh requirements-dev.lock
	@touch .venv/installed $@
