/*
 * limits.c
 *		What is too long or too many, refused where it is written and where it is
 *		used.
 */
#include "expressions/stored_sets.h"

#include "mb/pg_wchar.h"

void
tcs_check_name(const char *what, const char *name)
{
	int			length = name ? pg_mbstrlen(name) : 0;

	if (length > TCS_NAME_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s of %d characters is too long", what, length),
				 errdetail("A name may have %d characters, as it gets into indexes.",
						   TCS_NAME_LENGTH),
				 errhint("Choose a short name, and put the rest into the description.")));
}

void
tcs_check_count(const TcsStoredSets *stored, const char *name, int count)
{
	if (count > stored->most)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s \"%s\" has more than %d %ss",
						stored->noun, name, stored->most, stored->members),
				 errhint("Delete what is not needed. What differs from row to row by a value alone can be a column, joined where the rows come from.")));
}
