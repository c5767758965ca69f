/*
 * module.c
 *		The library as it is loaded: its settings, and the parts that make
 *		themselves known.
 */
#include "metrics/metrics.h"
#include "rules/rules.h"
#include "scorecards/scorecards.h"
#include "server/progress.h"
#include "traits/traits_view.h"

#include "utils/guc.h"

TCS_MODULE_MAGIC(TCS_VERSION);

void		_PG_init(void);

static const struct config_enum_entry on_shards[] = {
	{"error", TCS_ON_SHARDS_ERROR, false},
	{"own", TCS_ON_SHARDS_OWN, false},
	{NULL, 0, false}
};

void
_PG_init(void)
{
	DefineCustomIntVariable("tcs.fit_memory",
							"Sets the memory that one fit may hold.",
							"A fit over more values than that is refused.",
							&tcs_fit_memory,
							512 * 1024, 64, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB,
							NULL, NULL, NULL);
	DefineCustomEnumVariable("tcs.definitions_on_shards",
							 "Sets whether stored rule sets, scorecards and trait sets are read on a shard.",
							 "There they may be others than where the query was given: error refuses, own reads those of the shard.",
							 &tcs_definitions_on_shards,
							 TCS_ON_SHARDS_ERROR, on_shards,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
	tcs_progress_init();
	tcs_stored_register(&tcs_stored_rules);
	tcs_stored_register(&tcs_stored_scorecards);
	tcs_stored_register(&tcs_stored_traits);
	tcs_due_register(tcs_traits_due);
	MarkGUCPrefixReserved("tcs");
}
