# Every routine job has one target; `make help` lists them.
#
# Packages that a job lacks are installed first (tools/dependencies.R). sgmoe
# itself goes into output/library, so that no job replaces an sgmoe that the
# user has installed; only `make install` does that.

RSCRIPT ?= Rscript
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
# Restricts `make test` to the test files whose name matches, and skips C++.
FILTER ?=
# FAST=1 leaves out what takes long: slow R tests and all C++ tests.
FAST ?=
# SIMD=baseline runs the tests on that instruction set, see ?sgmoe.
SIMD ?=
# How long `make fuzz` runs, and its first seed (by default another each time).
SECONDS ?= 600
SEED ?=

# What a job needs beyond DESCRIPTION; a system: name is a command.
DEMO_NEEDS := MASS ggplot2
CHECK_NEEDS := system:pandoc system:qpdf
DOCS_NEEDS := roxygen2
SITE_NEEDS := pkgdown system:pandoc
BENCH_NEEDS := optional:ranger optional:e1071 optional:mixtools optional:MoEClust optional:meteorits \
	optional:quantreg optional:quantregForest
LINT_NEEDS := lintr system:clang-tidy
FORMAT_NEEDS := styler system:clang-format

# The path reaches recipes through the environment, never through the text of a
# command: a folder's name may hold spaces, quotes, $ and backquotes.
export SGMOE_LIBRARY := $(CURDIR)/output/library
installed := output/library/.installed
with_library := R_LIBS="$$SGMOE_LIBRARY$${R_LIBS:+:$$R_LIBS}"
# Directories are listed too: their time changes when a file is removed.
sources := $(shell find DESCRIPTION NAMESPACE R src inst ! -name '*.o' \
	! -name '*.so' ! -name '*.dll' 2>/dev/null)

# R and the C++ tests start makes of their own, which take JOBS from here.
export JOBS
unexport MAKEFLAGS MFLAGS MAKELEVEL

.DEFAULT_GOAL := help
# The targets below install packages and so must not run side by side.
.NOTPARALLEL:
.PHONY: help demo test check docs readme site bench format lint sanitize fuzz valgrind \
	install \
	clean \
	needs-required needs

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | \
	  awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

needs-required:
	@$(RSCRIPT) tools/dependencies.R --required

needs:
	@$(RSCRIPT) tools/dependencies.R

$(installed): $(sources) | needs-required
	@sh tools/install.sh "$$SGMOE_LIBRARY"
	@touch $@

demo: $(installed) ## fit a real data set; summary here, plots in output/
	@$(RSCRIPT) tools/dependencies.R --required $(DEMO_NEEDS)
	@$(with_library) $(RSCRIPT) tools/demo.R

test: needs $(installed) ## run all tests, R and C++ (FILTER=name: some R test files; FAST=1: in two minutes; SIMD=baseline)
	@SGMOE_FAST=$(FAST) SGMOE_SIMD=$(SIMD) $(with_library) $(RSCRIPT) tools/run_tests.R $(FILTER)

check: needs ## R CMD check --as-cran --no-manual on the built package
	@$(RSCRIPT) tools/dependencies.R $(CHECK_NEEDS)
	@sh tools/check.sh

docs: needs-required ## regenerate RcppExports, NAMESPACE, man/ and inst/bench/
	@$(RSCRIPT) tools/dependencies.R --required $(DOCS_NEEDS)
	@$(RSCRIPT) tools/docs.R

readme: needs $(installed) ## write the outputs, the table and the picture of README anew
	@$(with_library) $(RSCRIPT) tools/readme.R

site: needs $(installed) ## build the site of reference and articles in output/site
	@$(RSCRIPT) tools/dependencies.R --required $(SITE_NEEDS)
	@$(with_library) $(RSCRIPT) tools/site.R

bench: needs $(installed) ## run every script in bench/
	@$(RSCRIPT) tools/dependencies.R $(BENCH_NEEDS)
	@$(with_library) sh tools/bench.sh

format: ## format R code with styler and C++ with clang-format
	@$(RSCRIPT) tools/dependencies.R --required $(FORMAT_NEEDS)
	@$(RSCRIPT) tools/format.R
	@sh tools/format_cpp.sh

lint: needs $(installed) ## lintr on R code, clang-tidy on the C++ core
	@$(RSCRIPT) tools/dependencies.R $(LINT_NEEDS)
	@status=0; \
	$(with_library) $(RSCRIPT) tools/lint.R || status=1; \
	$(MAKE) -C tests/cpp tidy || status=1; \
	exit $$status

sanitize: needs ## C++ tests under ASan, UBSan and TSan, with g++ and clang++
	@sh tools/sanitize.sh

fuzz: needs-required $(installed) ## random calls and damaged objects (SECONDS=600, SEED=)
	@$(with_library) $(RSCRIPT) tests/fuzz/run.R $(SECONDS) $(SEED)

valgrind: needs-required $(installed) ## each entry point of the core under valgrind
	@$(RSCRIPT) tools/dependencies.R --required system:valgrind
	@$(with_library) sh tests/valgrind/run.sh

install: needs-required ## install sgmoe into your own R library
	@sh tools/install.sh

clean: ## remove everything that the targets above have built
	rm -rf output tests/cpp/build sgmoe.Rcheck sgmoe_*.tar.gz
	rm -f src/*.o src/*.so src/*.dll
