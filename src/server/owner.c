/*
 * owner.c
 *		Acting as the owner of a relation.
 *
 * Whoever enters an order, the segment is computed with the rights, and under
 * the policies, of whoever made the segmentation, as the server does with
 * foreign keys.  What runs then is code that the owner chose (a view's
 * functions, say): in a security-restricted operation it cannot leave anything
 * behind that would run with the rights of the session's user.
 */
#include "server/server.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc.h"

#define SEARCH_PATH "pg_catalog, pg_temp"

/*
 * What a result could depend on.  The search_path finds nothing but the
 * server's own; row security is on, as off would be an error for an owner whom
 * a policy concerns.  Compiling to machine code took longer than looking ten
 * thousand customers up did.
 */
static const char *const setting[][2] = {
	{"search_path", SEARCH_PATH},
	{"row_security", "on"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "1"},
	{"jit", "off"},
};

void
tcs_pin_setting(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
tcs_owner_enter_briefly(TcsOwnerScope *scope, Oid owner)
{
	GetUserIdAndSecContext(&scope->user, &scope->context);
	SetUserIdAndSecContext(owner, scope->context |
						   SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION |
						   SECURITY_NOFORCE_RLS);
	scope->nest_level = NewGUCNestLevel();
	tcs_pin_setting("search_path", SEARCH_PATH);
}

static void
pin_settings(void)
{
	for (int i = 0; i < lengthof(setting); i++)
	{
		const char *now = GetConfigOption(setting[i][0], false, false);

		if (strcmp(now, setting[i][1]) != 0)
			tcs_pin_setting(setting[i][0], setting[i][1]);
	}
}

void
tcs_owner_enter(TcsOwnerScope *scope, Oid owner)
{
	tcs_owner_enter_briefly(scope, owner);
	pin_settings();
}

void
tcs_owner_zone(const char *time_zone)
{
	if (strcmp(GetConfigOption("TimeZone", false, false), time_zone) != 0)
		tcs_pin_setting("TimeZone", time_zone);
}

void
tcs_owner_leave(TcsOwnerScope *scope)
{
	AtEOXact_GUC(false, scope->nest_level);
	SetUserIdAndSecContext(scope->user, scope->context);
}
