# A segmentation dumped and restored, and on a standby.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\n");
$node->start;

# Names that have to be quoted, a table with partitions, both modes.
$node->safe_psql(
	'postgres', q{
	CREATE DATABASE shop;
	CREATE ROLE analyst;
	CREATE ROLE till LOGIN});
$node->safe_psql(
	'shop', q{
	CREATE EXTENSION tcs;
	CREATE SCHEMA "My Shop";
	GRANT ALL ON SCHEMA "My Shop" TO analyst;
	GRANT USAGE ON SCHEMA "My Shop" TO till;
	SET search_path = "My Shop";
	CREATE TABLE "Order" (id bigint GENERATED ALWAYS AS IDENTITY, "Customer" text COLLATE "C" NOT NULL, at date NOT NULL, amount numeric(12,2)) PARTITION BY RANGE (at);
	CREATE TABLE "Order 1" PARTITION OF "Order" FOR VALUES FROM ('2020-01-01') TO ('2023-01-01');
	CREATE TABLE "Order 2" PARTITION OF "Order" FOR VALUES FROM ('2023-01-01') TO ('2030-01-01');
	INSERT INTO "Order" ("Customer", at, amount) SELECT 'Ünal ' || i % 50, date '2021-01-01' + i * 3, i FROM generate_series(1, 900) AS i;
	GRANT SELECT, TRIGGER ON ALL TABLES IN SCHEMA "My Shop" TO analyst;
	GRANT SELECT, INSERT, UPDATE, DELETE ON "Order" TO till;
	SELECT tcs.rule_set_put('by revenue', '{"rules": [
		{"priority": 1, "segment": "big''s", "condition": "revenue >= 8500"},
		{"priority": 2, "segment": "small", "condition": "orders < 19"}]}');
	SET ROLE analyst;
	CREATE VIEW "Customers" AS SELECT "Customer" AS "Key", count(*) AS orders, sum(amount) AS revenue FROM "Order" GROUP BY 1;
	SELECT tcs.create_segmentation('"My Shop"."Seg Q"', '"Customers"', 'Key', 'by revenue', 'queue');
	SELECT tcs.create_segmentation('"My Shop"."Seg S"', '"Customers"', 'Key', 'by revenue', 'sync', true);
	SELECT tcs.track_segmentation('"Seg Q"', '"Order"', 'Customer'), tcs.track_segmentation('"Seg S"', '"Order"', 'Customer');
	SELECT tcs.process_segmentation('"Seg Q"');
	RESET ROLE;
	SET ROLE till;
	INSERT INTO "Order" ("Customer", at, amount) VALUES ('Ünal 1', '2024-01-01', 9000), ('new', '2024-01-01', 1);
	DELETE FROM "Order" WHERE "Customer" = 'Ünal 2';
	RESET ROLE;
	SELECT tcs.process_segmentation('"Seg S"')});

my $wrong = q{
	SET search_path = "My Shop";
	SELECT i, count(*) FROM (
		SELECT 'Q' AS i, "Key", CASE WHEN revenue >= 8500 THEN 'big''s' WHEN orders < 19 THEN 'small' END FROM "Customers"
		UNION ALL SELECT 'S', "Key", CASE WHEN revenue >= 8500 THEN 'big''s' WHEN orders < 19 THEN 'small' END FROM "Customers"
		EXCEPT (SELECT 'Q', key, segment FROM "Seg Q" UNION ALL SELECT 'S', key, segment FROM "Seg S")) AS d GROUP BY 1};
my $everything = q{
	SET search_path = "My Shop";
	SELECT (SELECT md5(string_agg(t::text, ' ' ORDER BY key)) FROM "Seg Q" AS t), (SELECT md5(string_agg(t::text, ' ' ORDER BY key)) FROM "Seg S" AS t),
		(SELECT md5(string_agg(concat_ws(' ', id, key, from_segment, to_segment, moved_at, cause, entered, present), ' ' ORDER BY id)) FROM "Seg Q_moves" AS t),
		(SELECT md5(string_agg(concat_ws(' ', id, key, from_segment, to_segment, moved_at, cause, entered, present), ' ' ORDER BY id)) FROM "Seg S_moves" AS t),
		(SELECT t::text FROM "Seg Q_state" AS t), (SELECT t::text FROM "Seg S_state" AS t),
		(SELECT count(*) FROM "Seg Q_queue")};

# Reads all that can be read, and says how much there is.
my $reports = q{
	SET search_path = "My Shop";
	SELECT (SELECT count(*) FROM "Seg S_history"), (SELECT sum(customers) FROM "Seg S_monthly"), (SELECT count(*) FROM "Seg S_status"),
		(SELECT queue_length FROM "Seg Q_status"),
		(SELECT count(*) FROM tcs.segment_at('"Seg S"', now())), tcs.segment_at('"Seg S"', now(), 'Ünal 1'),
		(SELECT count(*) FROM tcs.segment_moves_since('"Seg S"')),
		(SELECT sum(customers) FROM tcs.segment_migration('"Seg S"', now() - interval '1 day', now())),
		(SELECT count(*) FROM tcs.segment_migration('"Seg S"', now() - interval '1 day', now(), 'revenue')),
		(SELECT sum(customers) FROM tcs.segment_sizes('"Seg S"')),
		(SELECT count(*) FROM tcs.segment_drift('"Seg S"', now() - interval '1 day', now())),
		tcs.report_html('"Seg S"') LIKE '%big&#39;s%' OR tcs.report_html('"Seg S"') LIKE '%big''s%'};

is($node->safe_psql('shop', $wrong), 'Q|2', 'what is queued is not there yet');
my $before = $node->safe_psql('shop', $everything);
my $reported = $node->safe_psql('shop', $reports);
note($reported);

# Dump and restore, in several formats, into another cluster.
my $dir = PostgreSQL::Test::Utils::tempdir();
my $copy = PostgreSQL::Test::Cluster->new('copy');
$copy->init;
$copy->append_conf('postgresql.conf', "timezone = 'UTC'\n");
$copy->start;
$copy->safe_psql('postgres', 'CREATE ROLE analyst; CREATE ROLE till LOGIN');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", $node->connstr('shop') ], 'dumped');
$node->command_ok([ 'pg_dump', '-Fd', '-j', 2, '-f', "$dir/directory", $node->connstr('shop') ], 'dumped by two');
$node->command_ok([ 'pg_dump', '-Fp', '-f', "$dir/plain.sql", $node->connstr('shop') ], 'dumped as SQL');

for my $how ('plain', 'custom', 'directory')
{
	$copy->safe_psql('postgres', qq{CREATE DATABASE "$how"});
	my @restore = ('pg_restore', '-e', '-d', $copy->connstr($how), "$dir/$how");
	if ($how eq 'plain')
	{
		$copy->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $copy->connstr($how), '-f', "$dir/plain.sql" ],
			"$how: restored");
	}
	elsif ($how eq 'custom')
	{
		$copy->command_ok(\@restore, "$how: restored");
	}
	else
	{
		# pg_restore -j knows of no order among an extension's tables, and
		# rules need their rule sets.
		$copy->command_ok([ @restore, '--section=pre-data' ], "$how: definitions restored");
		$copy->command_ok([ @restore, '-n', 'tcs', '--section=data' ], "$how: rules restored");
		$copy->command_ok([ @restore, '-j', 2, '-N', 'tcs', '--section=data' ], "$how: data restored by two");
		$copy->command_ok([ @restore, '-j', 2, '--section=post-data' ], "$how: indexes and triggers restored by two");
	}
	is($copy->safe_psql($how, $everything), $before, "$how: everything is there");
	is($copy->safe_psql($how, $reports), $reported, "$how: and reads as before");
	is($copy->safe_psql($how, q{SELECT count(*) FROM tcs.segment_moves_since('"My Shop"."Seg S"') WHERE cursor IS NOT NULL}),
		$copy->safe_psql($how, q{SELECT count(*) FROM "My Shop"."Seg S_moves"}), "$how: the moves are to be fetched");
	my $cursor = $copy->safe_psql($how, q{SELECT max(cursor) FROM tcs.segment_moves_since('"My Shop"."Seg S"')});

	# Tracking goes on, for whoever has no rights on the segmentation.
	my ($result, $out, $err) = $copy->psql($how, q{
		SET search_path = "My Shop"; SET ROLE till;
		INSERT INTO "Order" ("Customer", at, amount) VALUES ('Ünal 3', '2025-01-01', 9000);
		UPDATE "Order" SET at = '2020-05-05' WHERE "Customer" = 'new';});
	is($result, 0, "$how: an order");
	is($err, '', "$how: without a warning");
	is($copy->safe_psql($how, $wrong), 'Q|3', "$how: sync is in step");
	is($copy->safe_psql($how, q{SELECT key, from_segment, to_segment FROM tcs.segment_moves_since('"My Shop"."Seg S"', '} . $cursor . q{')}),
		"Ünal 3|small|big's", "$how: the move is the only new one");
	is($copy->safe_psql($how, q{SET search_path = "My Shop"; SET ROLE analyst; SELECT tcs.process_segmentation('"Seg Q"')}),
		'4', "$how: the queue is worked off");
	is($copy->safe_psql($how, $wrong), '', "$how: both are right");
	is($copy->safe_psql($how, q{SET search_path = "My Shop"; SET ROLE analyst; SELECT * FROM tcs.refresh_segmentation('"Seg Q"'); SELECT * FROM tcs.refresh_segmentation('"Seg S"')}),
		"50|0|0|0\n50|0|0|0", "$how: a refresh finds nothing");

	# It is tracked anew, and goes.
	is($copy->safe_psql($how, q{SET search_path = "My Shop"; SET ROLE analyst;
		SELECT tcs.track_segmentation('"Seg Q"', '"Order"', 'Customer'); SELECT count(*) FROM pg_trigger WHERE tgname ~ '^tcs_'}),
		"3\n33", "$how: tracked anew");
	$copy->safe_psql($how, q{SET search_path = "My Shop"; SET ROLE analyst; SELECT tcs.drop_segmentation('"Seg Q"'), tcs.drop_segmentation('"Seg S"')});
	is($copy->safe_psql($how, q{SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'Seg%'), (SELECT count(*) FROM pg_trigger WHERE tgname ~ '^tcs_')}),
		'0|0', "$how: dropped with its triggers");
}

# A standby reads everything.
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
$node->safe_psql('shop', q{
	INSERT INTO "My Shop"."Order" ("Customer", at, amount) VALUES ('Ünal 4', '2025-01-01', 9000), ('Ünal 5', '2025-01-01', 9000);
	SELECT tcs.process_segmentation('"My Shop"."Seg Q"', 3)});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('shop', $everything), $node->safe_psql('shop', $everything), 'standby: the same tables');
is($standby->safe_psql('shop', $reports), $node->safe_psql('shop', $reports), 'standby: the same reports');
is($standby->safe_psql('shop', $wrong), $node->safe_psql('shop', $wrong), 'standby: the same members');

# What writes says that it cannot.
my %call = (
	create_segmentation => q{tcs.create_segmentation('more', '"Customers"', 'Key', 'by revenue')},
	refresh_segmentation => q{tcs.refresh_segmentation('"Seg Q"')},
	'refresh_segmentation for keys' => q{tcs.refresh_segmentation('"Seg Q"', ARRAY['new'])},
	process_segmentation => q{tcs.process_segmentation('"Seg Q"')},
	track_segmentation => q{tcs.track_segmentation('"Seg Q"', '"Order"', 'Customer')},
	untrack_segmentation => q{tcs.untrack_segmentation('"Seg Q"', '"Order"')},
	drop_segmentation => q{tcs.drop_segmentation('"Seg Q"')});
for my $name (sort keys %call)
{
	my ($function) = $name =~ /^(\w+)/;
	for my $where ($standby, $node)
	{
		my ($result, undef, $err) = $where->psql('shop', qq{
			\\set VERBOSITY verbose
			SET default_transaction_read_only = on;
			SET search_path = "My Shop";
			SELECT $call{$name}});
		isnt($result, 0, "$name fails where nothing is to be written");
		like($err, qr/ERROR:  25006: cannot execute (tcs\.)?\Q$function\E\(\) (in a read-only transaction|during recovery)/, 'and says why');
	}
}

# One that takes over goes on.
$standby->promote;
$standby->safe_psql('shop', q{SELECT tcs.process_segmentation('"My Shop"."Seg Q"');
	INSERT INTO "My Shop"."Order" ("Customer", at, amount) VALUES ('Ünal 6', '2025-01-01', 9000)});
is($standby->safe_psql('shop', $wrong), 'Q|1', 'after a promotion orders are reported');
$standby->safe_psql('shop', q{SELECT tcs.process_segmentation('"My Shop"."Seg Q"')});
is($standby->safe_psql('shop', $wrong), '', 'and worked off');

$standby->stop;
$copy->stop;
$node->stop;
done_testing();
