/*
 * persona.c
 *		persona: what tells the customers of each segment of a relation.
 */
#include "persona/persona.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "server/server.h"
#include "server/source.h"

PG_FUNCTION_INFO_V1(tcs_persona);
PG_FUNCTION_INFO_V1(tcs_persona_text);

enum
{
	ARG_RELATION,
	ARG_SEGMENT,
	ARG_ATTRIBUTES,
	ARG_K,
	ARG_TOP
};

static void
persona_check_arguments(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {"relation", "segment", "attributes", "k", "top"};

	for (int i = 0; i < lengthof(names); i++)
		if (i != ARG_ATTRIBUTES && PG_ARGISNULL(i))
			tcs_refuse_null(psprintf("argument \"%s\"", names[i]),
							i < ARG_ATTRIBUTES ?
							"Give the relation of the customers, and its column that says the segment." :
							"Leave it out to have its default.");
	for (int i = ARG_K; i <= ARG_TOP; i++)
		if (PG_GETARG_INT32(i) < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must not be negative, and is %d", names[i], PG_GETARG_INT32(i)),
					 i == ARG_K ?
					 errhint("Give the least number of customers that may be shown, or 0 to show them all.") :
					 errhint("Give the number of values that are shown of an attribute.")));
}

static void
persona_add_column(StringInfo query, const char *name)
{
	appendStringInfo(query, "%s r.%s", query->len == 0 ? "SELECT" : ",", quote_identifier(name));
}

/* The attributes that were asked for, each once. */
static void
persona_add_attributes(StringInfo query, Relation relation, const char *segment, ArrayType *array)
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"attributes\" must have one dimension")));
	tcs_array_elements(PointerGetDatum(array), NAMEOID, &names, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		const char *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"attributes\" must not hold a null")));
		name = NameStr(*DatumGetName(names[i]));
		if (strcmp(name, segment) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("column \"%s\" is the segment, and no attribute of it", name)));
		for (int j = 0; j < i; j++)
			if (strcmp(name, NameStr(*DatumGetName(names[j]))) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("attribute \"%s\" is given twice", name)));
		(void) tcs_source_column(relation, name, "attributes");
		persona_add_column(query, name);
	}
}

static char *
persona_make_query(FunctionCallInfo fcinfo)
{
	Relation	relation = tcs_source_open(PG_GETARG_OID(ARG_RELATION), "relation");
	TupleDesc	columns = RelationGetDescr(relation);
	const char *segment = NameStr(*PG_GETARG_NAME(ARG_SEGMENT));
	Form_pg_attribute column = tcs_source_column(relation, segment, "segment");
	StringInfoData query;

	if (type_is_rowtype(column->atttypid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is of the composite type %s", segment,
						format_type_be(column->atttypid)),
				 errhint("Name a column that holds the name of a segment.")));
	initStringInfo(&query);
	persona_add_column(&query, segment);
	if (!PG_ARGISNULL(ARG_ATTRIBUTES))
		persona_add_attributes(&query, relation, segment, PG_GETARG_ARRAYTYPE_P(ARG_ATTRIBUTES));
	else
		for (int i = 0; i < columns->natts; i++)
		{
			Form_pg_attribute other = TupleDescAttr(columns, i);

			if (!other->attisdropped && other != column)
				persona_add_column(&query, NameStr(other->attname));
		}
	appendStringInfo(&query, " FROM %s AS r", tcs_source_name(relation));
	relation_close(relation, NoLock);
	return query.data;
}

static void
persona_put_text(const char *value, Datum *datum, bool *isnull)
{
	*isnull = value == NULL;
	if (value)
		*datum = CStringGetTextDatum(value);
}

static void
persona_put_trait(const TcsPersonaTrait *trait, void *arg)
{
	ReturnSetInfo *result = arg;
	const double figures[] = {trait->share, trait->share_all, trait->lift, trait->lift_low, trait->lift_high,
		trait->share_others, trait->difference, trait->difference_low, trait->difference_high,
		trait->mean, trait->quartiles[0], trait->quartiles[1], trait->quartiles[2],
	trait->mean_all, trait->quartiles_all[0], trait->quartiles_all[1], trait->quartiles_all[2]};
	Datum		values[8 + lengthof(figures)];
	bool		nulls[lengthof(values)] = {false};
	NameData	attribute;
	int			at = 0;

	persona_put_text(trait->segment, &values[at], &nulls[at]);
	at++;
	values[at++] = Int64GetDatum(trait->customers);
	namestrcpy(&attribute, trait->attribute);
	values[at++] = NameGetDatum(&attribute);
	values[at++] = Float8GetDatum(trait->telling);
	values[at++] = CStringGetTextDatum(trait->kind);
	persona_put_text(trait->value, &values[at], &nulls[at]);
	at++;
	nulls[at] = trait->count < 0;
	values[at++] = Int64GetDatum(trait->count);
	for (int i = 0; i < lengthof(figures); i++, at++)
	{
		nulls[at] = isnan(figures[i]);
		values[at] = Float8GetDatum(figures[i]);
	}
	persona_put_text(trait->description, &values[at], &nulls[at]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	pfree(DatumGetPointer(values[4]));
}

/* arguments: relation, segment, attributes, k, top */
Datum
tcs_persona(PG_FUNCTION_ARGS)
{
	TcsPersona *persona;

	persona_check_arguments(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	persona = tcs_persona_read(persona_make_query(fcinfo), 0);
	tcs_persona_traits(persona, PG_GETARG_INT32(ARG_K), PG_GETARG_INT32(ARG_TOP),
					   persona_put_trait, fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}

/*
 * The same with the attributes as text, as an array is written: a literal without
 * a type comes here.  One name without braces is a mistake that has an answer.
 */
Datum
tcs_persona_text(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(ARG_ATTRIBUTES))
	{
		char	   *written = text_to_cstring(PG_GETARG_TEXT_PP(ARG_ATTRIBUTES));
		Oid			input;
		Oid			element;

		if (strchr(written, '{') == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"attributes\" must be an array of names, not \"%s\"", written),
					 errhint("Write '{revenue,orders}' or ARRAY['revenue', 'orders'].")));
		getTypeInputInfo(NAMEARRAYOID, &input, &element);
		fcinfo->args[ARG_ATTRIBUTES].value = OidInputFunctionCall(input, written, element, -1);
	}
	return tcs_persona(fcinfo);
}
