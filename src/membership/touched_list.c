/*
 * touched_list.c
 *		What was touched, kept for longer than a call.
 */
#include "membership/way.h"

#include "utils/datum.h"
#include "utils/memutils.h"

List *
tcs_touched_copy(List *touched, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *copy = NIL;
	ListCell   *cell;

	foreach(cell, touched)
	{
		const TcsTouched *from = lfirst(cell);
		TcsTouched *to = palloc(sizeof(TcsTouched));

		to->relation = from->relation;
		to->values = PointerGetDatum(DatumGetArrayTypePCopy(from->values));
		copy = lappend(copy, to);
	}
	MemoryContextSwitchTo(old);
	return copy;
}

void
tcs_touched_free(List *touched)
{
	ListCell   *cell;

	foreach(cell, touched)
		pfree(DatumGetPointer(((TcsTouched *) lfirst(cell))->values));
	list_free_deep(touched);
}
