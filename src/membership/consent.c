/*
 * consent.c
 *		create_consents: a table of what customers allow, and a view to gate rules
 *		with.
 */
#include "membership/by_hand.h"
#include "server/view.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(tcs_create_consents);

#define GIVEN "_given"

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_PURPOSES,
	ARG_KEY_TYPE
};

/* What is made, and what for. */
typedef struct Consents
{
	Oid			schema;
	char	   *name;
	char	   *table;			/* quoted and qualified */
	char	   *view;
	char	   *key_type;
	int			count;
	char	  **purposes;
} Consents;

static void
consents_refuse_purpose(const char *purpose, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" cannot be a purpose", purpose),
			 errdetail_internal("%s", why),
			 errhint("Give an array of different short names such as '{email,phone}': each becomes a column.")));
}

static void
consents_read_purposes(Consents *consents, Datum array)
{
	Datum	   *elements;

	tcs_array_elements(array, TEXTOID, &elements, NULL, &consents->count);
	if (consents->count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no purposes"),
				 errhint("Give an array of names such as '{email,phone}'.")));
	consents->purposes = palloc(consents->count * sizeof(char *));
	for (int i = 0; i < consents->count; i++)
	{
		char	   *purpose = TextDatumGetCString(elements[i]);

		consents->purposes[i] = purpose;
		if (purpose[0] == '\0')
			consents_refuse_purpose(purpose, "It is empty.");
		if (strlen(purpose) >= NAMEDATALEN)
			consents_refuse_purpose(purpose, "It is too long for the name of a column.");
		if (strcmp(purpose, "customer") == 0)
			consents_refuse_purpose(purpose, "The view has a column of that name.");
		for (int j = 0; j < i; j++)
			if (strcmp(purpose, consents->purposes[j]) == 0)
				consents_refuse_purpose(purpose, "It is there twice.");
	}
}

static void
consents_name(Consents *consents, text *into)
{
	RangeVar   *name = makeRangeVarFromNameList(textToQualifiedNameList(into));
	char	   *schema;

	consents->schema = RangeVarGetCreationNamespace(name);
	consents->name = name->relname;
	if (isTempNamespace(consents->schema))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("consents cannot be temporary"),
				 errhint("Give a name in a schema that stays.")));
	if (strlen(consents->name) + strlen(GIVEN) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long for consents", consents->name),
				 errhint("Give a name of at most %d bytes.",
						 NAMEDATALEN - 1 - (int) strlen(GIVEN))));
	schema = get_namespace_name(consents->schema);
	consents->table = quote_qualified_identifier(schema, consents->name);
	consents->view = quote_qualified_identifier(schema, psprintf("%s" GIVEN, consents->name));
}

static void
consents_comment_on(const char *what, const char *words)
{
	tcs_run(psprintf("COMMENT ON %s IS %s", what, quote_literal_cstr(words)), SPI_OK_UTILITY);
}

static void
consents_make_table(const Consents *consents)
{
	static const char *const column[][2] = {
		{"customer", "who"},
		{"purpose", "what for"},
		{"given_at", "allowed since"},
		{"withdrawn_at", "until then; NULL: still"},
		{"source", "where it was said: a form, a call"},
	};
	StringInfoData purposes;

	initStringInfo(&purposes);
	for (int i = 0; i < consents->count; i++)
		appendStringInfo(&purposes, "%s%s", i > 0 ? ", " : "",
						 quote_literal_cstr(consents->purposes[i]));
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    customer %s NOT NULL,\n"
					 "    purpose text NOT NULL CHECK (purpose IN (%s)),\n"
					 "    given_at timestamptz NOT NULL DEFAULT now(),\n"
					 "    withdrawn_at timestamptz CHECK (withdrawn_at >= given_at),\n"
					 "    source text,\n"
					 "    PRIMARY KEY (customer, purpose, given_at)\n"
					 ")", consents->table, consents->key_type, purposes.data),
			SPI_OK_UTILITY);
	tcs_run(psprintf("CREATE UNIQUE INDEX ON %s (customer, purpose) WHERE withdrawn_at IS NULL",
					 consents->table), SPI_OK_UTILITY);
	consents_comment_on(psprintf("TABLE %s", consents->table),
						"what customers allow, since when and until when; made by tcs.create_consents");
	for (int i = 0; i < lengthof(column); i++)
		consents_comment_on(psprintf("COLUMN %s.%s", consents->table, column[i][0]), column[i][1]);
}

static void
consents_make_view(const Consents *consents)
{
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < consents->count; i++)
		appendStringInfo(&columns,
						 ",\n    bool_or(purpose = %s AND given_at <= now()\n"
						 "        AND (withdrawn_at IS NULL OR withdrawn_at > now())) AS %s",
						 quote_literal_cstr(consents->purposes[i]),
						 quote_identifier(consents->purposes[i]));
	tcs_run(psprintf("CREATE VIEW %s WITH (security_invoker = true) AS\n"
					 "SELECT customer%s\nFROM %s\nGROUP BY customer",
					 consents->view, columns.data, consents->table),
			SPI_OK_UTILITY);
	consents_comment_on(psprintf("VIEW %s", consents->view),
						"what each customer who ever allowed anything allows now");
	consents_comment_on(psprintf("COLUMN %s.customer", consents->view), "who");
	for (int i = 0; i < consents->count; i++)
		consents_comment_on(psprintf("COLUMN %s.%s", consents->view,
									 quote_identifier(consents->purposes[i])),
							"is it allowed now?");
}

/* arguments: into, purposes, key_type */
Datum
tcs_create_consents(PG_FUNCTION_ARGS)
{
	Consents	consents = {0};
	int			nest_level;

	tcs_hand_require(fcinfo, ARG_INTO, "into");
	tcs_hand_require(fcinfo, ARG_PURPOSES, "purposes");
	tcs_hand_require(fcinfo, ARG_KEY_TYPE, "key_type");
	PreventCommandIfReadOnly("tcs.create_consents()");
	consents_name(&consents, PG_GETARG_TEXT_PP(ARG_INTO));
	consents_read_purposes(&consents, PG_GETARG_DATUM(ARG_PURPOSES));
	consents.key_type = format_type_extended(PG_GETARG_OID(ARG_KEY_TYPE), -1,
											 FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);

	nest_level = tcs_view_begin();
	consents_make_table(&consents);
	consents_make_view(&consents);
	tcs_view_end(nest_level);
	PG_RETURN_OID(get_relname_relid(consents.name, consents.schema));
}
