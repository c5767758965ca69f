# tcs: customer segmentation inside PostgreSQL

EXTENSION = tcs
VERSION = 0.1.0
MODULE_big = tcs

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))

# The install script is these files, in this order.
SQL_PARTS = \
	src/schema.sql \
	src/model/model_summary.sql \
	src/history/purchase_history.sql \
	src/history/holdout.sql \
	src/rfm/rfm.sql \
	src/abc/abc.sql \
	src/abc/period_cv.sql \
	src/metrics/metrics.sql

DATA_built = $(EXTENSION)--$(VERSION).sql
REGRESS = setup purchase_history

PG_CPPFLAGS = -I$(srcdir)/src -DTCS_VERSION='"$(VERSION)"'

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(EXTENSION)--$(VERSION).sql: $(SQL_PARTS)
	cat $^ > $@
