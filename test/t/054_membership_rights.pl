# Who may do what with a segmentation, and what its owner cannot do to others.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\n");
$node->start;

sub ask { my ($sql) = @_; return $node->safe_psql('postgres', $sql); }

# Errors and warnings of some statements.
sub trouble
{
	my ($sql) = @_;
	my ($result, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql", on_error_stop => 0);
	return $err;
}

ask(q{
	CREATE EXTENSION tcs;
	CREATE ROLE boss SUPERUSER; CREATE ROLE analyst; CREATE ROLE north; CREATE ROLE till; CREATE ROLE mallory;
	GRANT north, till, analyst, mallory TO CURRENT_USER;
	REVOKE CREATE ON SCHEMA public FROM PUBLIC;
	CREATE SCHEMA reports AUTHORIZATION analyst;
	CREATE SCHEMA lair AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA lair TO PUBLIC;

	CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, customer integer, region text, amount integer);
	INSERT INTO orders (customer, region, amount) SELECT i % 20, CASE i % 3 WHEN 0 THEN 'north' ELSE 'south' END, 10 FROM generate_series(1, 120) AS i;
	ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
	CREATE POLICY north ON orders TO north USING (region = 'north');
	CREATE POLICY analyst ON orders TO analyst USING (region <> 'hidden');
	CREATE POLICY till ON orders FOR INSERT TO till WITH CHECK (true);
	CREATE POLICY mallory ON orders TO mallory USING (true);
	GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO north;
	GRANT INSERT ON orders TO till;
	GRANT SELECT, TRIGGER ON orders TO analyst, mallory;
	SELECT tcs.rule_set_put('s', '{"default_segment": "small", "rules": [
		{"priority": 1, "segment": "big", "condition": "revenue >= 100"}]}');
	SET ROLE analyst;
	CREATE VIEW reports.shopper AS SELECT customer, sum(amount) AS revenue FROM orders GROUP BY customer;
	SELECT tcs.create_segmentation('reports.seg', 'reports.shopper', 'customer', 's', 'sync');
	SELECT tcs.track_segmentation('reports.seg', 'orders', 'customer')});

my $segment = 'SELECT segment FROM reports.seg WHERE key =';
my $wrong = q{
	SELECT count(*) FROM (
		SELECT customer, CASE WHEN sum(amount) >= 100 THEN 'big' ELSE 'small' END FROM orders WHERE region <> 'hidden' GROUP BY 1
		EXCEPT SELECT key, segment FROM reports.seg) AS d};

# Someone who sees the north only moves a customer who bought in the south too.
is(ask("$segment 1"), 'small', 'before');
is(trouble(q{SET ROLE north; INSERT INTO orders (customer, region, amount) VALUES (1, 'north', 45)}), '', 'an order by a salesperson');
is(ask("$segment 1"), 'big', 'all regions count');
is(trouble(q{SET ROLE north; DELETE FROM orders WHERE customer = 1}), '', 'who deletes what can be seen');
is(ask("SELECT sum(amount) FROM orders WHERE customer = 1; $segment 1"), "40\nsmall", 'the rest counts');
is(trouble(q{SET row_security = off; INSERT INTO orders (customer, region, amount) VALUES (3, 'north', 1)}), '', 'row_security is off');
ask(q{INSERT INTO orders (customer, region, amount) VALUES (2, 'hidden', 1000)});
is(ask("$segment 2"), 'small', 'even a superuser\'s order counts as the owner sees it');
is(ask($wrong), '0', 'all are right');

# An application that may only insert.
is(trouble(q{SET ROLE till; INSERT INTO orders (customer, region, amount) VALUES (4, 'south', 100), (99, 'south', 1)}), '', 'an order by an application');
is(ask("$segment 4; $segment 99"), "big\nsmall", 'moved, and new');
is(trouble(qq{SET ROLE till; SET search_path = lair, public; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY';
	INSERT INTO orders (customer, region, amount) VALUES (5, 'south', 100)}), '', 'with other settings');
is(ask("SET ROLE till; BEGIN; SET LOCAL search_path = lair, public; SET LOCAL TimeZone = 'Asia/Tokyo';
	INSERT INTO orders (customer, region, amount) VALUES (6, 'south', 100);
	SELECT current_user, current_setting('search_path'), current_setting('TimeZone'), current_setting('role'), current_setting('row_security')"),
	'till|lair, public|Asia/Tokyo|till|on', 'which are left alone');

# What needs which right.
my %call = (
	refresh => q{tcs.refresh_segmentation('reports.seg')},
	keys => q{tcs.refresh_segmentation('reports.seg', ARRAY[1])},
	process => q{tcs.process_segmentation('reports.seg')},
	track => q{tcs.track_segmentation('reports.seg', 'orders', 'customer')},
	untrack => q{tcs.untrack_segmentation('reports.seg', 'orders')},
	drop => q{tcs.drop_segmentation('reports.seg')},
	create => q{tcs.create_segmentation('reports.mine', 'orders', 'customer', 's')},
	at => q{tcs.segment_at('reports.seg', now())},
	'at, one' => q{tcs.segment_at('reports.seg', now(), 1)},
	moves => q{tcs.segment_moves_since('reports.seg')},
	migration => q{tcs.segment_migration('reports.seg', now() - interval '1 h', now())},
	sizes => q{tcs.segment_sizes('reports.seg')},
	drift => q{tcs.segment_drift('reports.seg', now() - interval '1 h', now())},
	report => q{tcs.report_html('reports.seg')});
like(trouble("SET ROLE till; SELECT $call{refresh}"), qr/ERROR:  42501/, 'not even the schema is open');
ask('GRANT USAGE ON SCHEMA reports TO till, north');
like(trouble("SET ROLE till; SELECT $call{$_}"), qr/ERROR:  42501/, "no right: $_") for sort keys %call;
for my $relation ('seg', 'seg_moves', 'seg_state', 'seg_queue', 'seg_history', 'seg_monthly', 'seg_status')
{
	like(trouble("SET ROLE till; SELECT count(*) FROM reports.$relation"), qr/ERROR:  42501/, "no right: $relation");
}
ask('GRANT UPDATE ON reports.seg TO till');
is(trouble("SET ROLE till; SELECT $call{$_}"), '', "with UPDATE: $_") for ('refresh', 'keys', 'process');
like(trouble("SET ROLE till; SELECT $call{$_}"), qr/ERROR:  42501/, "with UPDATE still no right: $_") for ('track', 'untrack', 'drop', 'at', 'report');
ask('GRANT SELECT ON ALL TABLES IN SCHEMA reports TO north; GRANT SELECT ON orders TO north');
is(trouble("SET ROLE north; SELECT $call{$_}"), '', "with SELECT: $_") for ('at', 'at, one', 'moves', 'migration', 'sizes', 'drift');
like(trouble("SET ROLE north; SELECT $call{$_}"), qr/ERROR:  42501/, "with SELECT no right: $_") for ('refresh', 'process', 'drop');
ask('REVOKE SELECT ON orders FROM analyst');
is(trouble(q{SET ROLE till; INSERT INTO orders (customer, region, amount) VALUES (7, 'south', 100)}), '', 'an order when the owner lost a right');
is(ask("$segment 7; SELECT error_state, key FROM reports.seg_queue WHERE key = 7"), "small\n42501|7", 'is noted');
ask('GRANT SELECT ON orders TO analyst');
is(ask("SET ROLE till; SELECT tcs.process_segmentation('reports.seg'); RESET ROLE; $segment 7; SELECT last_error_state IS NULL FROM reports.seg_state"),
	"1\nbig\nt", 'and made up for');
ask('REVOKE TRIGGER ON orders FROM analyst');
like(trouble("SET ROLE analyst; SELECT $call{track}"), qr/ERROR:  42501/, 'tracking needs TRIGGER');
like(trouble(q{SET ROLE analyst; SELECT tcs.create_segmentation('lair.x', 'reports.shopper', 'customer', 's')}), qr/ERROR:  42501/, 'making needs CREATE');
is(ask($wrong), '0', 'all are right');

# A trigger that the owner did not make.
ask(q{
	SET ROLE mallory;
	CREATE TABLE lair.fake (customer integer);
	CREATE TRIGGER fake AFTER INSERT ON lair.fake REFERENCING NEW TABLE AS tcs_new_rows
		FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes('reports', 'seg', 'customer', 'sync');
	CREATE TRIGGER fake2 AFTER INSERT ON lair.fake REFERENCING NEW TABLE AS tcs_new_rows
		FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes('reports', 'seg', 'customer', 'queue')});
my $before = ask(q{SELECT (SELECT count(*) FROM reports.seg_queue), (SELECT md5(string_agg(concat(s, xmin), ' ' ORDER BY key)) FROM reports.seg AS s)});
like(trouble(q{SET ROLE mallory; INSERT INTO lair.fake VALUES (1), (1000)}), qr/WARNING.*was not told.*WARNING/s, 'a trigger of one\'s own is not heard');
is(ask(q{SELECT (SELECT count(*) FROM reports.seg_queue), (SELECT md5(string_agg(concat(s, xmin), ' ' ORDER BY key)) FROM reports.seg AS s)}), $before, 'and touches nothing');
like(trouble(q{SELECT tcs_internal.track_changes()}), qr/ERROR:  (39P01|0A000)/, 'the function is for triggers');

# Keys of a type whose cast is code of the caller's: it must not run as the owner.
ask(q{
	SET ROLE mallory;
	CREATE TABLE lair.log (what text, who text, result text);
	GRANT INSERT ON lair.log TO PUBLIC;
	CREATE TYPE lair.bait AS ENUM ('1', '2');
	CREATE FUNCTION lair.bite(lair.bait) RETURNS integer LANGUAGE plpgsql AS $$
	BEGIN INSERT INTO lair.log VALUES ('cast', current_user, ''); RETURN 1; END $$;
	CREATE CAST (lair.bait AS integer) WITH FUNCTION lair.bite(lair.bait) AS IMPLICIT;
	RESET ROLE;
	GRANT UPDATE ON reports.seg TO mallory;
	GRANT USAGE ON SCHEMA reports TO mallory});
like(trouble(q{SET ROLE mallory; SELECT tcs.refresh_segmentation('reports.seg', ARRAY['1'::lair.bait])}), qr/ERROR:  42804/, 'an array of a type with a cast of one\'s own');
ask(q{
	SET ROLE mallory; CREATE TABLE lair.lure (customer integer); GRANT TRIGGER ON lair.lure TO analyst;
	SET ROLE analyst; SELECT tcs.track_segmentation('reports.seg', 'lair.lure', 'customer');
	SET ROLE mallory; ALTER TABLE lair.lure ALTER customer TYPE lair.bait USING '1'});
is(trouble(q{SET ROLE mallory; INSERT INTO lair.lure VALUES ('1')}), '', 'a column that became of such a type');
is(ask(q{SELECT key IS NULL, error_state FROM reports.seg_queue WHERE error_state = '42804'}), 't|42804', 'has everyone looked at');
is(ask(q{SELECT count(*) FROM lair.log}), '0', 'no such cast ran');

# A hostile owner: whatever runs, runs as the owner and leaves nothing behind.
ask(q{
	SET ROLE mallory;
	CREATE FUNCTION lair.attempt(what text) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		result text := 'done';
	BEGIN
		BEGIN
			EXECUTE what;
		EXCEPTION WHEN OTHERS THEN
			result := SQLSTATE;
		END;
		INSERT INTO lair.log VALUES (what, current_user, result);
	END $$;
	CREATE FUNCTION lair.evil(customer integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
	DECLARE
		what text;
	BEGIN
		FOREACH what IN ARRAY ARRAY['SET ROLE boss', 'RESET ROLE', 'SET SESSION AUTHORIZATION boss', 'RESET SESSION AUTHORIZATION',
				'SELECT set_config(''role'', ''boss'', false)', 'SELECT set_config(''session_authorization'', ''boss'', false)',
				'CREATE TEMP TABLE orders (id integer)', 'CREATE TEMP VIEW orders AS SELECT 1',
				'CREATE ROLE mallory2 SUPERUSER', 'ALTER ROLE mallory SUPERUSER', 'INSERT INTO secret VALUES (1)', 'SELECT count(*) FROM secret',
				'PREPARE p AS SELECT 1', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'LISTEN x', 'COPY lair.log TO PROGRAM ''true''',
				'SET search_path = lair', 'SET TimeZone = ''Asia/Tokyo''', 'SET session_replication_role = replica', 'SET ROLE NONE',
				'ALTER TABLE orders DISABLE TRIGGER ALL', 'DISCARD ALL', 'COMMIT', 'SET CONSTRAINTS ALL DEFERRED']
		LOOP
			PERFORM lair.attempt(what);
		END LOOP;
		RETURN customer;
	END $$;
	CREATE VIEW lair.shopper AS SELECT lair.evil(customer) AS customer, sum(amount) AS revenue FROM public.orders WHERE customer < 2 GROUP BY orders.customer;
	RESET ROLE;
	CREATE TABLE secret (n integer);
	SET ROLE mallory;
	SELECT tcs.create_segmentation('lair.m', 'lair.shopper', 'customer', 's', 'sync');
	SELECT tcs.track_segmentation('lair.m', 'orders', 'customer');
	TRUNCATE lair.log});
my $session = q{SELECT current_user, session_user, current_setting('search_path'), current_setting('TimeZone'), current_setting('session_replication_role'),
	(SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_cursors WHERE is_holdable),
	(SELECT count(*) FROM pg_class WHERE relpersistence = 't'), (SELECT count(*) FROM secret)};
my $own = ask("SET SESSION AUTHORIZATION boss; $session");
is(ask("SET SESSION AUTHORIZATION boss; INSERT INTO orders (customer, region, amount) VALUES (1, 'south', 500); $session"), $own, 'an order leaves the session as it was');
is(ask(q{SELECT count(*) > 20, string_agg(DISTINCT who, ' ') FROM lair.log}), 't|mallory', 'what the source does it does as its owner');
is(ask(q{SELECT string_agg(DISTINCT what, '; ') FROM lair.log WHERE result = 'done' AND what !~ '^SET (search_path|TimeZone|CONSTRAINTS)'}), '', 'and gets nowhere');
is(ask(q{SELECT segment FROM lair.m WHERE key = 1}), 'big', 'but for the segment');
for my $call ('refresh', 'process')
{
	ask(q{TRUNCATE lair.log; UPDATE orders SET amount = 1 WHERE amount = 500; INSERT INTO lair.m_queue (key) VALUES (1)});
	is(ask(qq{SET SESSION AUTHORIZATION boss; DO \$\$ BEGIN PERFORM tcs.${call}_segmentation('lair.m'); END \$\$; $session}), $own, "$call: the session is as it was");
	is(ask(q{SELECT string_agg(DISTINCT who, ' '), string_agg(DISTINCT what, '; ') FILTER (WHERE result = 'done' AND what !~ '^SET (search_path|TimeZone|CONSTRAINTS)') FROM lair.log}),
		'mallory|', "$call: nothing was got");
}
is(ask(q{SELECT count(*) FROM pg_roles WHERE rolname = 'mallory2' OR rolname = 'mallory' AND rolsuper}), '0', 'no rights were got');

# Triggers, constraints, defaults and rules on the owner's tables.
ask(q{
	TRUNCATE lair.log;
	SET ROLE mallory;
	CREATE OR REPLACE FUNCTION lair.evil(customer integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT customer';
	CREATE FUNCTION lair.snare() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN PERFORM lair.attempt('SELECT count(*) FROM secret'); PERFORM lair.attempt('SET ROLE boss'); RETURN NEW; END $$;
	CREATE TRIGGER snare BEFORE INSERT OR UPDATE ON lair.m FOR EACH ROW EXECUTE FUNCTION lair.snare();
	CREATE TRIGGER snare AFTER INSERT ON lair.m_moves FOR EACH ROW EXECUTE FUNCTION lair.snare()});
is(ask("SET SESSION AUTHORIZATION boss; INSERT INTO orders (customer, region, amount) VALUES (1, 'south', 700); $session"), $own, 'triggers of the owner');
is(ask(q{SELECT count(*) > 0, string_agg(DISTINCT who, ' '), count(*) FILTER (WHERE result = 'done') FROM lair.log}), 't|mallory|0', 'run as the owner');
ask(q{
	SET ROLE mallory;
	TRUNCATE lair.log;
	DROP TRIGGER snare ON lair.m; DROP TRIGGER snare ON lair.m_moves;
	CREATE CONSTRAINT TRIGGER later AFTER INSERT OR UPDATE OR DELETE ON lair.m DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lair.snare();
	CREATE CONSTRAINT TRIGGER later AFTER INSERT ON lair.m_moves DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lair.snare();
	CREATE CONSTRAINT TRIGGER later AFTER INSERT OR DELETE ON lair.m_queue DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lair.snare();
	CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON lair.m_state DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lair.snare()});
like(trouble(q{SET SESSION AUTHORIZATION boss; INSERT INTO orders (customer, region, amount) VALUES (1, 'south', -900)}), qr/WARNING.*was not told/s, 'deferred triggers cost the owner the news, not the order');
like(trouble(q{SET SESSION AUTHORIZATION boss; SELECT tcs.refresh_segmentation('lair.m')}), qr/ERROR:  42501/, 'and the refresh');
is(ask(q{SELECT count(*) FROM lair.log; SELECT sum(amount) FROM orders WHERE amount = -900}), "0\n-900", 'and do not run as whoever ordered');
ask(q{
	SET ROLE mallory;
	DROP TRIGGER later ON lair.m; DROP TRIGGER later ON lair.m_moves; DROP TRIGGER later ON lair.m_queue; DROP TRIGGER later ON lair.m_state;
	CREATE RULE snare AS ON UPDATE TO lair.m DO ALSO SELECT lair.attempt('SELECT count(*) FROM secret');
	CREATE FUNCTION lair.shadow(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM lair.attempt('SELECT count(*) FROM secret'); RETURN true; END $$;
	CREATE OPERATOR lair.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = lair.shadow);
	CREATE FUNCTION lair.greatest_of(timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM lair.attempt('SELECT count(*) FROM secret'); RETURN $1; END $$});
ask(q{SET SESSION AUTHORIZATION boss; SET search_path = lair, pg_catalog, public; INSERT INTO orders (customer, region, amount) VALUES (0, 'south', 700)});
is(ask(q{SELECT count(*) FILTER (WHERE who <> 'mallory' OR result = 'done') FROM lair.log}), '0', 'rules and operators neither');
ask(q{SET ROLE mallory; DROP RULE snare ON lair.m});

# Another's tables under the names of one's own, and given away.
ask(q{SET ROLE mallory; ALTER TABLE lair.m_queue RENAME TO was_queue; RESET ROLE; CREATE TABLE lair.m_queue (id integer, key integer, queued_at timestamptz)});
like(trouble(q{SET ROLE mallory; SELECT tcs.process_segmentation('lair.m')}), qr/ERROR:  55000.*different owners/, 'a table of another');
ask(q{DROP TABLE lair.m_queue; SET ROLE mallory; CREATE VIEW lair.m_queue AS SELECT * FROM lair.was_queue});
like(trouble(q{SET ROLE mallory; SELECT tcs.process_segmentation('lair.m')}), qr/ERROR:  42809/, 'a view');
ask(q{SET ROLE mallory; DROP VIEW lair.m_queue; ALTER TABLE lair.was_queue RENAME TO m_queue; RESET ROLE; ALTER TABLE lair.m OWNER TO analyst});
like(trouble(q{SET ROLE mallory; SELECT tcs.refresh_segmentation('lair.m')}), qr/ERROR:  (42501|55000)/, 'half given away');
like(trouble(q{SET ROLE till; INSERT INTO orders (customer, region, amount) VALUES (1, 'south', 1)}), qr/WARNING[^\n]*segmentation "m"/, 'orders go on');
ask(q{ALTER TABLE lair.m_moves OWNER TO analyst; ALTER TABLE lair.m_state OWNER TO analyst; ALTER TABLE lair.m_queue OWNER TO analyst; ALTER TABLE lair.m_tracked OWNER TO analyst; ALTER TABLE lair.m_pins OWNER TO analyst; GRANT CREATE ON SCHEMA lair TO analyst;
	GRANT SELECT ON lair.shopper TO analyst; SET ROLE analyst; SELECT tcs.refresh_segmentation('lair.m')});
ask(q{SET ROLE till; INSERT INTO orders (customer, region, amount) VALUES (1, 'south', 5000)});
is(ask(q{SELECT segment FROM lair.m WHERE key = 1}), 'big', 'given away as a whole it works');

# A source that works on what it is made from, again and again.
ask(q{
	CREATE TABLE own (id integer PRIMARY KEY, revenue integer);
	INSERT INTO own VALUES (1, 1), (2, 200);
	GRANT ALL ON own TO mallory;
	SET ROLE mallory;
	CREATE FUNCTION lair.again(id integer) RETURNS integer LANGUAGE plpgsql AS $$
	BEGIN UPDATE public.own SET revenue = revenue + 1 WHERE own.id = again.id; RETURN 1; END $$;
	CREATE FUNCTION lair.nested() RETURNS integer LANGUAGE plpgsql AS $$
	BEGIN IF to_regclass('lair.n') IS NOT NULL THEN PERFORM tcs.refresh_segmentation('lair.n'); END IF; RETURN 1; END $$;
	CREATE VIEW lair.calm AS SELECT id, revenue FROM public.own;
	SELECT tcs.create_segmentation('lair.n', 'lair.calm', 'id', 's', 'sync');
	SELECT tcs.track_segmentation('lair.n', 'own', 'id');
	CREATE OR REPLACE VIEW lair.calm AS SELECT id, revenue + 0 * lair.again(id) AS revenue FROM public.own});
unlike(trouble(q{UPDATE own SET revenue = revenue WHERE id = 1}), qr/FATAL|PANIC|server closed/, 'a source that causes itself');
is(ask(q{SELECT count(*) > 0 FROM lair.n_queue WHERE error_state IS NOT NULL}), 't', 'is stopped');
ask(q{SET ROLE mallory; CREATE OR REPLACE VIEW lair.calm AS SELECT id, revenue + 0 * lair.nested() AS revenue FROM public.own});
like(trouble(q{SET ROLE mallory; SELECT tcs.refresh_segmentation('lair.n')}), qr/ERROR/, 'one that refreshes itself');
is(ask('SELECT 1'), '1', 'the server is there');

# Names.
my $bad = q{"; DROP TABLE secret; --'\\$$%I};
(my $quoted = $bad) =~ s/"/""/g;
(my $literal = $bad) =~ s/'/''/g;
$quoted = qq{"$quoted"};
(my $of_quoted = $quoted) =~ s/'/''/g;
ask(qq{
	CREATE SCHEMA $quoted;
	CREATE TABLE $quoted.$quoted ($quoted text, amount integer);
	CREATE TABLE $quoted."a""b'" ($quoted varchar(60) PRIMARY KEY, revenue integer);
	INSERT INTO $quoted."a""b'" VALUES ('$literal', 1), ('x', 200);
	SELECT tcs.rule_set_put('$literal', jsonb_build_object('rules', jsonb_build_array(
		jsonb_build_object('priority', 1, 'segment', '$literal', 'condition', 'revenue > 100'))))});
my $into = qq{$of_quoted."s''%s""x"};
ask(qq{
	SELECT tcs.create_segmentation('$into', '$of_quoted."a""b''"', '$literal', '$literal', 'sync', true);
	SELECT tcs.track_segmentation('$into', '$of_quoted."a""b''"', '$literal'), tcs.track_segmentation('$into', '$of_quoted.$of_quoted', '$literal')});
is(trouble(qq{INSERT INTO $quoted."a""b'" VALUES ('new', 300); INSERT INTO $quoted.$quoted VALUES ('$literal', 1), ('unknown', 2);
	UPDATE $quoted."a""b'" SET revenue = 1 WHERE $quoted = 'x'; DELETE FROM $quoted."a""b'" WHERE $quoted = '$literal'}), '', 'hostile names in triggers');
(my $table = $into) =~ s/''/'/g;
is(ask(qq{SELECT key, segment, previous_segment FROM $table ORDER BY key}), qq{new|$bad|\nx||$bad}, 'the members');
is(ask(qq{SELECT * FROM tcs.refresh_segmentation('$into'); SELECT * FROM tcs.refresh_segmentation('$into', ARRAY['$literal', 'new']);
	SELECT tcs.process_segmentation('$into'); SELECT count(*) FROM tcs.segment_at('$into', now()); SELECT count(*) FROM tcs.segment_moves_since('$into');
	SELECT count(*) > 0 FROM tcs.segment_sizes('$into'); SELECT count(*) FROM tcs.segment_drift('$into', now(), now());
	SELECT count(*) FROM tcs.segment_migration('$into', now() - interval '1 s', now(), 'revenue'); SELECT tcs.report_html('$into') LIKE '%DROP TABLE secret%'}) =~ tr/\n//, 8, 'hostile names in all functions');
ask(qq{SELECT tcs.untrack_segmentation('$into', '$of_quoted.$of_quoted'), tcs.drop_segmentation('$into')});
is(ask(q{SELECT count(*) FROM secret}), '0', 'and nothing was dropped by a name');
$node->stop;
done_testing();
