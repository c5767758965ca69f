/*
 * condition.c
 *		From the text of a condition, or of a number, to an expression over a row.
 *
 * The text is parsed and analysed as the server does it for its own clauses,
 * with names looked up in pg_catalog alone and with the settings pinned on
 * which the meaning of literals depends.  What may occur in it is decided by
 * condition_check.c, before and after analysis.
 */
#include "expressions/condition.h"
#include "server/server.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

/* What the hooks of the parser need. */
typedef struct Analysis
{
	TupleDesc	columns;
	const TcsSource *source;
	TcsConditionForm form;
} Analysis;

static void
pin_form(void)
{
	tcs_pin_setting("standard_conforming_strings", "on");
#ifdef TCS_HAVE_ESCAPE_STRING_WARNING
	tcs_pin_setting("escape_string_warning", "off");
#endif
	tcs_pin_setting("backslash_quote", "safe_encoding");
}

void
tcs_conditions_begin(TcsConditionSettings *settings, const char *time_zone)
{
	settings->nest_level = NewGUCNestLevel();
	settings->time_zone = time_zone;
	settings->fold = false;
	pin_form();
	tcs_pin_setting("search_path", "pg_catalog, pg_temp");
	tcs_pin_setting("DateStyle", "ISO, YMD");
	tcs_pin_setting("IntervalStyle", "postgres");
	tcs_pin_setting("transform_null_equals", "off");
	tcs_pin_setting("array_nulls", "on");
	tcs_pin_setting("TimeZone", time_zone ? time_zone : "UTC");
}

void
tcs_conditions_end(TcsConditionSettings *settings)
{
	AtEOXact_GUC(true, settings->nest_level);
}

/* a comment at the end would swallow what is written behind the condition */
static void
condition_check_comment(const TcsSource *source)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool swallows = false;

	if (strstr(source->string, "--") == NULL)
		return;
	PG_TRY();
	{
		(void) raw_parser(psprintf("(%s)", source->string), RAW_PARSE_PLPGSQL_EXPR);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		if (geterrcode() != ERRCODE_SYNTAX_ERROR)
			PG_RE_THROW();
		FlushErrorState();
		swallows = true;
	}
	PG_END_TRY();
	if (swallows)
		tcs_condition_refuse(source, -1, "a comment up to its end",
							 psprintf("Put the comment into the description of the %s.",
									  source->kind->owner));
}

static Node *
condition_column_reference(ParseState *pstate, ColumnRef *reference)
{
	Analysis   *analysis = pstate->p_ref_hook_state;
	TupleDesc	columns = analysis->columns;
	const char *name = strVal(linitial(reference->fields));
	Var		   *var = NULL;

	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (column->attisdropped || strcmp(NameStr(column->attname), name) != 0)
			continue;
		if (var != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the row has more than one column \"%s\"", name),
					 errhint("Give them names of their own where the rows come from."),
					 parser_errposition(pstate, reference->location)));
		if (!tcs_condition_column_allowed(column->atttypid) &&
			!list_member_ptr(analysis->form.loose, reference))
			tcs_condition_refuse(analysis->source, reference->location,
								 psprintf("column \"%s\" of type %s", name,
										  format_type_be(column->atttypid)),
								 "Columns of types that are not built in can be tested for NULL; cast the column to text where the rows come from.");
		var = makeVar(1, i + 1, column->atttypid, column->atttypmod,
					  column->attcollation, 0);
		var->location = reference->location;
	}
	if (var != NULL)
		return (Node *) var;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" does not exist in the row", name),
			 errhint("%s %s names the columns of the row that %s is given.",
					 analysis->source->kind->is_number ? "An" : "A",
					 analysis->source->kind->noun, analysis->source->kind->function),
			 parser_errposition(pstate, reference->location)));
}

/* refuse what is neither a number nor a boolean; a bare NULL is a number */
static Node *
condition_check_number(ParseState *pstate, Node *expr, const TcsSourceKind *kind)
{
	Oid			type = getBaseType(exprType(expr));

	if (type == UNKNOWNOID)
		return coerce_type(pstate, expr, UNKNOWNOID, FLOAT8OID, -1,
						   COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
	if (type != BOOLOID && !tcs_is_number(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a %s must be numeric or boolean, not of type %s",
						kind->owner, format_type_be(exprType(expr))),
				 type == INTERVALOID ?
				 errhint("Write how many days it is: extract(epoch FROM gap) / 86400.") :
				 type == DATEOID ?
				 errhint("Write how many days ago it is: current_date - day.") :
				 type == TIMESTAMPOID || type == TIMESTAMPTZOID ?
				 errhint("Write how many days ago it is: extract(epoch FROM now() - at) / 86400.") :
				 errhint("Compare it with something, or make a number of it with CASE."),
				 parser_errposition(pstate, exprLocation(expr))));
	return expr;
}

/* refuse what cannot be a column; a bare string is text */
static Node *
condition_check_any(ParseState *pstate, Node *expr, const TcsSourceKind *kind)
{
	if (exprType(expr) == UNKNOWNOID)
		expr = coerce_type(pstate, expr, UNKNOWNOID, TEXTOID, -1,
						   COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
	if (!tcs_condition_column_allowed(exprType(expr)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the %s of a %s must not be of type %s",
						kind->noun, kind->owner, format_type_be(exprType(expr))),
				 errhint("Write the parts that are wanted, or cast it to text."),
				 parser_errposition(pstate, exprLocation(expr))));
	return expr;
}

static Node *
condition_analyze(Analysis *analysis, Node *raw)
{
	ParseState *pstate = make_parsestate(NULL);
	Node	   *expr;

	pstate->p_sourcetext = analysis->source->string;
	pstate->p_pre_columnref_hook = condition_column_reference;
	pstate->p_ref_hook_state = analysis;
	expr = transformExpr(pstate, raw, EXPR_KIND_WHERE);
	if (analysis->source->kind->is_any)
		expr = condition_check_any(pstate, expr, analysis->source->kind);
	else if (analysis->source->kind->is_number)
		expr = condition_check_number(pstate, expr, analysis->source->kind);
	else
		expr = coerce_to_boolean(pstate, expr, psprintf("a %s", analysis->source->kind->owner));
	assign_expr_collations(pstate, expr);
	free_parsestate(pstate);
	return expr;
}

static bool
condition_collect_constants(Node *node, List **constants)
{
	if (node == NULL)
		return false;
	if (IsA(node, Const))
		*constants = lappend(*constants, node);
	return expression_tree_walker(node, condition_collect_constants, constants);
}

/*
 * A literal that means another instant elsewhere: found by analysing the
 * condition once more in another zone.
 */
static void
condition_check_zone(Analysis *analysis, Node *expr)
{
	Node	   *raw;
	List	   *here = NIL;
	List	   *there = NIL;
	bool		has_instants = false;
	ListCell   *a;
	ListCell   *b;

	condition_collect_constants(expr, &here);
	foreach(a, here)
	{
		Oid			type = ((Const *) lfirst(a))->consttype;

		has_instants = has_instants || type == TIMESTAMPTZOID ||
			type == TIMETZOID || type == TIMESTAMPTZARRAYOID ||
			type == TSTZRANGEOID || type == TSTZMULTIRANGEOID ||
			type == TIMETZARRAYOID ||
			type == get_array_type(TSTZRANGEOID) ||
			type == get_array_type(TSTZMULTIRANGEOID);
	}
	if (!has_instants)
		return;
	/* analysis uses the raw tree up */
	raw = tcs_condition_parse(analysis->source);
	tcs_condition_check_raw(raw, analysis->source, &analysis->form);
	tcs_pin_setting("TimeZone", "Pacific/Kiritimati");
	condition_collect_constants(condition_analyze(analysis, raw), &there);
	tcs_pin_setting("TimeZone", "UTC");
	forboth(a, here, b, there)
	{
		Const	   *x = lfirst(a);
		Const	   *y = lfirst(b);

		if (!x->constisnull &&
			!datumIsEqual(x->constvalue, y->constvalue, x->constbyval, x->constlen))
			tcs_condition_refuse(analysis->source, x->location,
								 "an instant without a time zone",
								 psprintf("Write the zone into the literal, or name the %s's time_zone.",
										  analysis->source->kind->set));
	}
}

/* What an error in a text is told with. */
typedef struct SourceContext
{
	const TcsSource *source;
	void		(*describe) (const void *what);
	const void *what;
} SourceContext;

/* the position of an error is one in the text, not in the query */
static void
condition_add_context(void *arg)
{
	SourceContext *context = arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(context->source->string);
	}
	if (context->describe)
		context->describe(context->what);
}

Expr *
tcs_source_compile(const TcsConditionSettings *settings, const TcsSource *source,
				   TupleDesc columns,
				   void (*describe) (const void *what), const void *what)
{
	SourceContext context = {source, describe, what};
	ErrorContextCallback callback;
	Analysis	analysis = {columns, source, {NIL, NIL}};
	Node	   *raw;
	Node	   *expr;

	callback.callback = condition_add_context;
	callback.arg = &context;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	raw = tcs_condition_parse(source);
	condition_check_comment(source);
	tcs_condition_check_raw(raw, source, &analysis.form);
	expr = condition_analyze(&analysis, raw);
	tcs_condition_check(expr, source, &analysis.form);
	if (settings->time_zone == NULL)
		condition_check_zone(&analysis, expr);
	/* an error in a constant part is one in this text, too */
	if (settings->fold)
		expr = eval_const_expressions(NULL, expr);

	error_context_stack = callback.previous;
	return (Expr *) expr;
}

void
tcs_condition_parse_check(const TcsSource *source, bool syntax_only)
{
	SourceContext context = {source, NULL, NULL};
	ErrorContextCallback callback;
	int			nest_level = NewGUCNestLevel();
	Node	   *raw;

	callback.callback = condition_add_context;
	callback.arg = &context;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	pin_form();
	raw = tcs_condition_parse(source);
	condition_check_comment(source);
	if (!syntax_only)
		tcs_condition_check_alone(raw, source);

	error_context_stack = callback.previous;
	AtEOXact_GUC(true, nest_level);
}
