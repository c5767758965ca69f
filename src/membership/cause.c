/*
 * cause.c
 *		The names of what brings moves about, and what they mean.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "membership/cause.h"

const char *const tcs_move_cause[TCS_MOVE_CAUSES] = {
	[TCS_MOVED_INITIAL] = "initial",
	[TCS_MOVED_DATA] = "data",
	[TCS_MOVED_RULES] = "rules",
	[TCS_MOVED_MODEL] = "model",
	[TCS_MOVED_TIME] = "time",
	[TCS_MOVED_REMOVED] = "removed",
	[TCS_MOVED_MANUAL] = "manual",
	[TCS_MOVED_MERGED] = "merged",
	[TCS_MOVED_BACKFILL] = "backfill"
};

static const char *const cause_meaning[TCS_MOVE_CAUSES] = {
	[TCS_MOVED_INITIAL] = "the first load",
	[TCS_MOVED_DATA] = "the customer's own",
	[TCS_MOVED_RULES] = "another definition of the rule set",
	[TCS_MOVED_MODEL] = "the source's models fitted anew",
	[TCS_MOVED_TIME] = "nothing but the clock",
	[TCS_MOVED_REMOVED] = "gone from the source",
	[TCS_MOVED_MANUAL] = "tcs.pin_segment, tcs.bar_segment, or the end of it",
	[TCS_MOVED_MERGED] = "one with another, tcs.merge_keys",
	[TCS_MOVED_BACKFILL] = "from before the first load, tcs.backfill_segmentation"
};

char *
tcs_move_cause_literals(void)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < TCS_MOVE_CAUSES; i++)
		appendStringInfo(&list, "%s'%s'", i > 0 ? ", " : "", tcs_move_cause[i]);
	return list.data;
}

char *
tcs_move_cause_comment(void)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < TCS_MOVE_CAUSES; i++)
		appendStringInfo(&text, "%s%s: %s", i > 0 ? "; " : "", tcs_move_cause[i], cause_meaning[i]);
	return text.data;
}
