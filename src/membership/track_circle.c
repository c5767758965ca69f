/*
 * track_circle.c
 *		Segmentations that track segmentations.
 *
 * A chain of them is fine, and so are two that lead to a third.  Two that lead to
 * each other are not: an order would have them look for ever.
 */
#include "membership/track.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

/* Add the segmentations to which the triggers of a table report. */
static List *
circle_add_reported(List *segmentations, Oid table, Oid function)
{
	Relation	relation = try_relation_open(table, AccessShareLock);

	if (relation == NULL)
		return segmentations;
	for (int i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &relation->trigdesc->triggers[i];
		Oid			schema;
		Oid			into;

		if (trigger->tgfoid != function || trigger->tgnargs != TCS_TRACK_ARGUMENTS)
			continue;
		schema = get_namespace_oid(trigger->tgargs[TCS_TRACK_SCHEMA], true);
		into = OidIsValid(schema) ?
			get_relname_relid(trigger->tgargs[TCS_TRACK_NAME], schema) : InvalidOid;
		if (OidIsValid(into))
			segmentations = list_append_unique_oid(segmentations, into);
	}
	relation_close(relation, AccessShareLock);
	return segmentations;
}

bool
tcs_track_reaches(Oid from, Oid to)
{
	Oid			function = tcs_track_function();
	List	   *segmentations = list_make1_oid(from);
	ListCell   *cell;

	if (!OidIsValid(to))
		return false;
	/* the list grows while it is gone through */
	foreach(cell, segmentations)
	{
		Oid			into = lfirst_oid(cell);
		char	   *name = get_rel_name(into);

		CHECK_FOR_INTERRUPTS();
		if (into == to)
			return true;
		if (name == NULL)
			continue;
		segmentations = circle_add_reported(segmentations, into, function);
		for (int i = 0; i < TCS_TABLES; i++)
			segmentations = circle_add_reported(segmentations,
												get_relname_relid(psprintf("%s%s", name, tcs_part_suffix[i]),
																  get_rel_namespace(into)),
												function);
	}
	return false;
}
