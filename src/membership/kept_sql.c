/*
 * kept_sql.c
 *		The statements of a keyed update of a kept table.
 *
 * Rows are compared as they are stored, byte by byte: so a copy is one whatever
 * the types of its columns can be compared by, and 1.0 is not 1.00.
 */
#include "membership/kept_sql.h"

/* The columns of a row with that alias; of the source, as the table has them. */
static char *
kept_list(const TcsSegmentation *segmentation, const char *alias, bool of_source)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < segmentation->copied_count; i++)
	{
		const char *cast = of_source ? segmentation->copied_type[i] : NULL;

		appendStringInfo(&list, "%s%s%s%s", i > 0 ? ", " : "", alias, *alias ? "." : "",
						 segmentation->copied[i]);
		if (cast)
			appendStringInfo(&list, "::%s AS %s", cast, segmentation->copied[i]);
	}
	return list.data;
}

/* Are the rows of these aliases not the same? */
static char *
kept_differs(const TcsSegmentation *segmentation, const char *one, const char *other)
{
	return psprintf("ROW(%s)::record OPERATOR(pg_catalog.*<>) ROW(%s)::record",
					kept_list(segmentation, one, false), kept_list(segmentation, other, false));
}

char *
tcs_kept_query(const TcsSegmentation *segmentation)
{
	return psprintf("SELECT %s\n    FROM %s AS s", kept_list(segmentation, "s", true),
					segmentation->source);
}

char *
tcs_kept_update(const TcsSegmentation *segmentation, const char *now, const char *keys)
{
	const char *into = segmentation->into;
	const char *key = segmentation->own_key;
	const char *equals = segmentation->key.equals;

	return psprintf("WITH now AS MATERIALIZED (\n"
					"    %1$s\n"
					"), everyone AS MATERIALIZED (\n"
					"    SELECT i.%2$s AS key, i." TCS_KEPT_SINCE " = " TCS_NEW_ROW " AS entered,\n"
					"        now.%2$s IS NOT NULL AS present, %3$s AS differs\n"
					"    FROM %4$s AS i LEFT JOIN now ON now.%2$s %5$s i.%2$s\n"
					"    WHERE i.%2$s %5$s %6$s\n"
					"), change AS MATERIALIZED (\n"
					"    SELECT key, entered, present FROM everyone WHERE entered OR NOT present OR differs\n"
					"), updated AS (\n"
					"    UPDATE %4$s AS i\n"
					"    SET (%7$s, " TCS_KEPT_SINCE ") = ROW(%8$s, $2)\n"
					"    FROM change AS c JOIN now ON now.%2$s %5$s c.key\n"
					"    WHERE i.%2$s %5$s c.key AND c.present\n"
					"    RETURNING 1\n"
					"), deleted AS (\n"
					"    DELETE FROM %4$s AS i\n"
					"    USING change AS c WHERE i.%2$s %5$s c.key AND NOT c.present\n"
					"    RETURNING 1\n"
					")\n"
					"SELECT (SELECT count(*) FROM everyone),\n"
					"    count(*) FILTER (WHERE entered AND present),\n"
					"    count(*) FILTER (WHERE NOT entered AND present),\n"
					"    count(*) FILTER (WHERE NOT entered AND NOT present),\n"
					"    count(*) - (SELECT count(*) FROM updated) - (SELECT count(*) FROM deleted)\n"
					"FROM change",
					now, key, kept_differs(segmentation, "i", "now"), into, equals, keys,
					kept_list(segmentation, "", false), kept_list(segmentation, "now", false));
}

char *
tcs_kept_settled(const TcsSegmentation *segmentation, const char *now)
{
	return psprintf("SELECT count(*) = 1 AND bool_and(i.%s IS NOT NULL AND NOT %s)\n"
					"FROM (%s) AS now LEFT JOIN %s AS i ON i.%s %s now.%s\n"
					"WHERE $2 IS NOT NULL",
					segmentation->own_key, kept_differs(segmentation, "i", "now"), now,
					segmentation->into, segmentation->own_key, segmentation->key.equals,
					segmentation->own_key);
}

char *
tcs_kept_differing(const TcsSegmentation *segmentation)
{
	const char *key = segmentation->own_key;

	return psprintf("SELECT coalesce(i.%1$s, s.%1$s) AS key\n"
					"FROM (%2$s%3$s) AS s\n"
					"FULL JOIN %4$s AS i ON i.%1$s %5$s s.%1$s\n"
					"WHERE i.%1$s IS NULL OR s.%1$s IS NULL OR %6$s\n"
					"ORDER BY 1",
					key, tcs_kept_query(segmentation),
					segmentation->key_not_null ? "" : psprintf(" WHERE s.%s IS NOT NULL", key),
					segmentation->into, segmentation->key.equals,
					kept_differs(segmentation, "i", "s"));
}

char *
tcs_kept_load(const TcsSegmentation *segmentation)
{
	return psprintf("INSERT INTO %s (%s, " TCS_KEPT_SINCE ")\n"
					"SELECT s.*, $1 FROM (%s WHERE s.%s IS NOT NULL) AS s",
					segmentation->into, kept_list(segmentation, "", false),
					tcs_kept_query(segmentation), segmentation->own_key);
}

void
tcs_kept_queue_due(const TcsSegmentation *segmentation)
{
	if (segmentation->due == NULL)
		return;
	SPI_connect();
	tcs_run(psprintf("INSERT INTO %1$s (key) SELECT i.%2$s FROM %3$s AS i\n"
					 "WHERE i.%4$s <= now() AND NOT EXISTS (SELECT FROM %1$s AS q WHERE q.key %5$s i.%2$s)",
					 segmentation->part[TCS_PART_QUEUE], segmentation->own_key,
					 segmentation->into, segmentation->due, segmentation->key.equals),
			SPI_OK_INSERT);
	SPI_finish();
}
