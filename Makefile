# tcs: customer segmentation inside PostgreSQL
#
# make help lists the goals.  test/goals is their list: those after "With nothing"
# are run by test/run.sh.

# Where the sources are: elsewhere in a build by make -f /path/to/Makefile.
HERE := $(or $(VPATH),$(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST)))))

# These goals find, or install, what they need themselves: no pg_config yet.
OWN_GOALS := $(shell sed -n '/^With nothing/,$$ s/^  \([a-z][a-z0-9-]*\)  *.*/\1/p' $(HERE)/test/goals)

ifneq ($(filter $(OWN_GOALS),$(MAKECMDGOALS)),)

.PHONY: $(OWN_GOALS)
$(OWN_GOALS):
	@$(HERE)/test/run.sh $@

else

EXTENSION = tcs
TCS_VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(HERE)/tcs.control)
MODULE_big = tcs

SOURCES := $(sort $(wildcard $(HERE)/src/*.c $(HERE)/src/*/*.c))
OBJS := $(patsubst $(HERE)/%.c,%.o,$(SOURCES))

# The install script is these files, in an order in which each finds what it
# uses.
SQL_PARTS = \
	src/schema.sql \
	src/orders/types.sql \
	src/model/model_summary.sql \
	src/history/purchase_history.sql \
	src/history/holdout.sql \
	src/history/purchase_log.sql \
	src/history/refused.sql \
	src/rfm/rfm.sql \
	src/abc/abc.sql \
	src/abc/period_cv.sql \
	src/expressions/stored_sets.sql \
	src/rules/rules.sql \
	src/rules/rule_sets.sql \
	src/rules/rule_check.sql \
	src/rules/shipped.sql \
	src/rules/shipped_churn.sql \
	src/rules/shipped_matrices.sql \
	src/rules/reserved.sql \
	src/features/features.sql \
	src/logit/logit.sql \
	src/logit/key_drivers.sql \
	src/trees/trees.sql \
	src/btyd/btyd_fit.sql \
	src/btyd/p_alive.sql \
	src/churn/churn.sql \
	src/spend/spend.sql \
	src/sbg/sbg.sql \
	src/clv/clv.sql \
	src/judges/judges.sql \
	src/judges/actions.sql \
	src/groups/groups.sql \
	src/metrics/metrics.sql \
	src/metrics/metrics_views.sql \
	src/forecast/forecast.sql \
	src/traits/any_value.sql \
	src/traits/traits.sql \
	src/traits/trait_sets.sql \
	src/traits/shipped_traits.sql \
	src/traits/create_traits.sql \
	src/rules/segment_assign_by.sql \
	src/membership/membership.sql \
	src/membership/kept.sql \
	src/membership/by_hand.sql \
	src/membership/consent.sql \
	src/membership/segment_history.sql \
	src/membership/segment_flows.sql \
	src/membership/segmentations.sql \
	src/report/report_html.sql \
	src/scorecards/scorecards.sql \
	src/scorecards/scorecard_sets.sql \
	src/scorecards/shipped_scorecards.sql \
	src/scorecards/matrix_cell.sql \
	src/funnel/funnel.sql \
	src/retention/retention.sql \
	src/membership/segment_conversion.sql \
	src/periods/cohorts.sql \
	src/persona/persona.sql \
	src/rates/rates.sql \
	src/rates/duration.sql \
	src/points/points.sql \
	src/periods/kpis.sql \
	src/goals/goals.sql \
	src/experiments/experiments.sql \
	src/report/ab_report.sql \
	src/shards/summary.sql

TCS_SCRIPT = $(EXTENSION)--$(TCS_VERSION).sql
DATA_built = $(TCS_SCRIPT)

# What brings a database from a release to the next, written by hand.
DATA = $(patsubst $(HERE)/%,%,$(wildcard $(HERE)/upgrades/$(EXTENSION)--*--*.sql))
DOCS = $(wildcard doc/*.md)

# Every file in sql/ is a test; setup creates the extension for the others.
REGRESS = setup $(filter-out setup,$(sort $(basename $(notdir $(wildcard $(HERE)/sql/*.sql)))))

# The tests that start servers of their own need this Perl module.
ifneq ($(filter installcheck,$(MAKECMDGOALS)),)
PROVE_TESTS = $(sort $(wildcard $(HERE)/test/t/*.pl))
TAP_TESTS := $(if $(PROVE_TESTS),$(shell perl -MIPC::Run -e 'print 1' 2>/dev/null))
ifneq ($(if $(TAP_TESTS),,$(PROVE_TESTS)),)
$(info No Perl module IPC::Run: the tests in test/t are left out.)
endif
endif

PG_CPPFLAGS = -I$(HERE)/src -DTCS_VERSION='"$(TCS_VERSION)"'

# Beside each object stands a list of the headers that it was made from.
PG_CFLAGS = -MMD -MP
DEPENDENCIES := $(OBJS:.o=.d)
EXTRA_CLEAN = $(DEPENDENCIES)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(PGXS),)
$(error No pg_config. Install the development package of the server \
(Debian: postgresql-server-dev-NN), or say PG_CONFIG=/path/to/pg_config)
endif
include $(PGXS)

# Their names (limits.md, rules.md) are for a folder of their own.
docmoduledir = extension/$(EXTENSION)

# What is alike for several types of arguments is written once: see overloads.awk.
$(TCS_SCRIPT): $(SQL_PARTS) src/overloads.awk Makefile
	awk -f $(HERE)/src/overloads.awk $(addprefix $(HERE)/,$(SQL_PARTS)) > $@.new
	mv $@.new $@

# An object without its list is made anew; so is bitcode, whenever the object is.
-include $(wildcard $(DEPENDENCIES))
$(patsubst %.d,%.o,$(filter-out $(wildcard $(DEPENDENCIES)),$(DEPENDENCIES))): FORCE
.PHONY: FORCE
$(OBJS): Makefile
$(OBJS:.o=.bc): %.bc: %.o

# The folders of a build elsewhere; a relative name would be found here.
FOLDERS := $(addprefix $(CURDIR)/,$(sort $(dir $(OBJS))))
$(OBJS): | $(FOLDERS)
$(FOLDERS):
	mkdir -p $@

endif
