-- sales.sql: a made-up seller to businesses, to try the extension on.
--
--     psql -d database -v accounts=400 -v visitors=300 -v seed=1 -v as_of=2026-06-30 -f test/sales.sql
--
-- All variables have defaults. The schema sales is made anew and holds two years
-- that end the day before as_of: accounts and who looks after them, their orders
-- and how late they paid, contacts, complaints, ratings, offers they have yet to
-- answer, and the visitors of a trade fair that took place sixty days before as_of,
-- with what became of them.
--
-- What the seller is like: a few accounts could order much, most little. Each is
-- cared for more or less; who is cared for is met more often, knows more of the
-- products, buys more of what it needs and complains less. Some pay late.
--
-- Every figure is a hash of (seed, account, what the figure is for), so the same
-- variables give the same seller on every server and under every plan.

\if :{?accounts} \else \set accounts 400 \endif
\if :{?visitors} \else \set visitors 300 \endif
\if :{?seed} \else \set seed 1 \endif
\if :{?as_of} \else \set as_of today \endif

SET client_min_messages = warning;
SET jit = off;
SET search_path = pg_catalog;
DROP SCHEMA IF EXISTS sales CASCADE;
CREATE SCHEMA sales;

\set random sales
\ir random.sql

CREATE TABLE sales.people (
	person text PRIMARY KEY,
	reports_to text REFERENCES sales.people,
	region text,
	visits_planned integer,
	revenue_planned numeric(12,2)
);
INSERT INTO sales.people (person, reports_to, region) VALUES
	('Vera Lang', NULL, NULL),
	('Karim Costa', 'Vera Lang', 'North'),
	('Ines Roth', 'Vera Lang', 'South'),
	('Ada Berg', 'Karim Costa', 'North'),
	('Tom Haas', 'Karim Costa', 'North'),
	('Lena Novak', 'Karim Costa', 'North'),
	('Hugo Silva', 'Ines Roth', 'South'),
	('Maja Weber', 'Ines Roth', 'South'),
	('Noah Petit', 'Ines Roth', 'South');
COMMENT ON COLUMN sales.people.visits_planned IS 'in a quarter';
COMMENT ON COLUMN sales.people.revenue_planned IS 'in a quarter';

-- Everybody with all who report to them, and to those, and so on.
CREATE RECURSIVE VIEW sales.teams (leader, person) AS
SELECT person, person FROM sales.people
UNION ALL
SELECT t.leader, p.person FROM teams AS t JOIN sales.people AS p ON p.reports_to = t.person;

CREATE TABLE sales.accounts (
	account_id bigint PRIMARY KEY,
	name text NOT NULL,
	industry text NOT NULL,
	region text NOT NULL,
	looked_after_by text NOT NULL REFERENCES sales.people,
	employees integer NOT NULL,
	since date NOT NULL,
	order_potential numeric(12,2),
	credit_limit numeric(12,2) NOT NULL,
	influence integer,
	relationship integer,
	products_known integer,
	recommendation integer
);
COMMENT ON COLUMN sales.accounts.products_known IS 'of twelve';

CREATE TABLE sales.orders (
	order_id bigint PRIMARY KEY,
	account_id bigint NOT NULL REFERENCES sales.accounts,
	ordered_on date NOT NULL,
	product integer NOT NULL,
	amount numeric(12,2) NOT NULL,
	due_on date NOT NULL,
	paid_on date
);

CREATE TABLE sales.contacts (
	account_id bigint NOT NULL REFERENCES sales.accounts,
	met_on date NOT NULL,
	kind text NOT NULL CHECK (kind IN ('visit', 'call', 'mail'))
);

CREATE TABLE sales.complaints (
	account_id bigint NOT NULL REFERENCES sales.accounts,
	opened_on date NOT NULL,
	settled_on date
);

-- Offers that wait for a decision, and how it looks.
CREATE TABLE sales.offers (
	offer_id bigint PRIMARY KEY,
	account_id bigint NOT NULL REFERENCES sales.accounts,
	offered_on date NOT NULL,
	amount numeric(12,2) NOT NULL,
	they_asked boolean NOT NULL,
	answered integer,
	people_met integer NOT NULL,
	product_new boolean NOT NULL,
	standstill_hours numeric(4,1)
);
COMMENT ON COLUMN sales.offers.they_asked IS 'the offer was their idea';
COMMENT ON COLUMN sales.offers.answered IS 'of the last five messages';
COMMENT ON COLUMN sales.offers.people_met IS 'how many of theirs have seen it explained';
COMMENT ON COLUMN sales.offers.standstill_hours IS 'of their production, to take up what is offered';

CREATE TABLE sales.fair_visitors (
	visitor_id bigint PRIMARY KEY,
	company text NOT NULL,
	country text NOT NULL,
	role text NOT NULL,
	may_contact boolean NOT NULL,
	questionnaire integer
);

CREATE TABLE sales.fair_events (
	visitor_id bigint NOT NULL REFERENCES sales.fair_visitors,
	at timestamptz NOT NULL,
	kind text NOT NULL CHECK (kind IN ('enters', 'leaves', 'demonstration', 'talk', 'brochure', 'appointment'))
);

-- What becomes of a visitor: 1 met at the fair, 2 called, 3 offer, 4 order.
CREATE TABLE sales.lead_steps (
	visitor_id bigint NOT NULL REFERENCES sales.fair_visitors,
	at date NOT NULL,
	step integer NOT NULL
);

-- Visitors of the fair a year before, and which of them have ordered since.
CREATE TABLE sales.last_fair (
	visitor_id bigint PRIMARY KEY,
	country text NOT NULL,
	role text NOT NULL,
	questionnaire integer,
	dwell_minutes double precision,
	interactions integer NOT NULL,
	ordered boolean NOT NULL
);

CREATE TABLE sales.markets (
	segment text PRIMARY KEY,
	reachability double precision,
	market_size numeric,
	profitability double precision,
	fit integer
);
INSERT INTO sales.markets VALUES
	('machine builders', 0.60, 900000, 0.25, 8),
	('car makers', 0.15, 9000000, 0.18, 6),
	('food', 0.45, 600000, 0.30, 6),
	('hospitals', 0.40, 400000, 0.32, 5),
	('shipyards', 0.30, 120000, 0.20, 7),
	('schools', 0.80, 45000, 0.12, 4);

-- What each account is like; care is what the seller does for it, from 0 to 1.
CREATE TEMP TABLE sales_account AS
SELECT account_id, stream, care, industry, region, person, employees, joined,
	round((potential * (0.6 + 0.8 * sales.uniform(stream, 7)))::numeric, -2) AS potential,
	least(0.9, 0.1 + 0.7 * care * sales.uniform(stream, 8)) AS share_of_it,
	greatest(1, round(2 + 14 * sales.uniform(stream, 9) * care))::int AS orders_a_year,
	20 + 75 * sales.uniform(stream, 10) ^ 4 AS pays_after
FROM (SELECT a.*, r.person, 600 * employees * (0.4 + 1.2 * sales.uniform(stream, 6)) AS potential
	FROM (SELECT account_id, stream,
			sales.uniform(stream, 1) AS care,
			('{machine builders,machine builders,food,food,hospitals,car makers,shipyards}'::text[])
				[1 + floor(7 * sales.uniform(stream, 2))::int] AS industry,
			CASE WHEN sales.uniform(stream, 3) < 0.5 THEN 'North' ELSE 'South' END AS region,
			floor(3 * sales.uniform(stream, 20))::int AS nth,
			greatest(3, round(exp(ln(25) + 1.3 * sales.normal(stream, 4))))::int AS employees,
			1 + floor(700 * sales.uniform(stream, 11) ^ 2)::int AS joined
		FROM (SELECT account_id, hashint8extended(account_id, :seed) AS stream
			FROM generate_series(1, :accounts::bigint) AS account_id) AS s) AS a
	JOIN (SELECT person, region, row_number() OVER (PARTITION BY region ORDER BY person) - 1 AS nth
		FROM sales.people WHERE person NOT IN (SELECT reports_to FROM sales.people WHERE reports_to IS NOT NULL)) AS r USING (region, nth)) AS p;

INSERT INTO sales.accounts
SELECT account_id,
	('{Adler,Alpin,Bavaria,Berg,Delta,Elbe,Fortuna,Gamma,Hansa,Helios,Iris,Jura,Kranz,Lindner,Merkur,Nord,Omega,Prisma,Rhein,Saturn,Titan,Union,Vulkan,Zenit}'::text[])
		[1 + floor(24 * sales.uniform(stream, 12))::int]
	|| ' ' || CASE industry
		WHEN 'machine builders' THEN 'Maschinen' WHEN 'food' THEN 'Foods' WHEN 'hospitals' THEN 'Clinic'
		WHEN 'car makers' THEN 'Motors' ELSE 'Yards' END
	|| ' ' || account_id,
	industry, region, person, employees,
	:'as_of'::date - 731 + joined,
	CASE WHEN sales.uniform(stream, 13) < 0.94 THEN potential END,
	greatest(1000, round(potential * 0.15, -3)),
	least(10, greatest(0, round(2 + ln(employees) * 0.8 + 2 * sales.normal(stream, 14))))::int,
	CASE WHEN sales.uniform(stream, 16) < 0.9
		THEN least(10, greatest(0, round(10 * care + 1.5 * sales.normal(stream, 17))))::int END,
	CASE WHEN sales.uniform(stream, 25) < 0.7
		THEN least(12, greatest(1, round(2 + 9 * care + 1.5 * sales.normal(stream, 21))))::int END,
	CASE WHEN sales.uniform(stream, 19) < 0.5
		THEN least(10, greatest(0, round(4 + 6 * care + 1.8 * sales.normal(stream, 23))))::int END
FROM sales_account
ORDER BY account_id;

INSERT INTO sales.orders
SELECT row_number() OVER (ORDER BY ordered_on, account_id, nth),
	account_id, ordered_on, product, amount, ordered_on + 30,
	CASE WHEN ordered_on + 30 + late < :'as_of'::date THEN ordered_on + 30 + late END
FROM (SELECT account_id, nth,
		:'as_of'::date - 731 + joined + floor((730 - joined) * sales.uniform(stream, nth * 16))::int AS ordered_on,
		1 + floor(12 * sales.uniform(stream, nth * 16 + 1) ^ 2.2)::int AS product,
		greatest(20, round((potential * share_of_it / orders_a_year
			* exp(0.5 * sales.normal(stream, nth * 16 + 2) - 0.125))::numeric, 2)) AS amount,
		round(pays_after - 30 + 6 * sales.normal(stream, nth * 16 + 4))::int AS late
	FROM sales_account
	CROSS JOIN LATERAL generate_series(2, 1 + ceil(orders_a_year * (731 - joined) / 365.0)::int) AS nth) AS o;

INSERT INTO sales.contacts
SELECT account_id, :'as_of'::date - 731 + joined + floor((730 - joined) * sales.uniform(stream, 5000 + nth * 4))::int,
	CASE WHEN sales.uniform(stream, 5001 + nth * 4) < 0.4 THEN 'visit'
		WHEN sales.uniform(stream, 5001 + nth * 4) < 0.8 THEN 'call' ELSE 'mail' END
FROM sales_account
CROSS JOIN LATERAL generate_series(1, 1 + floor((2 + 22 * care * care) * (731 - joined) / 365.0)::int) AS nth;

INSERT INTO sales.complaints
SELECT account_id, opened, CASE WHEN opened + lasts < :'as_of'::date THEN opened + lasts END
FROM (SELECT account_id, :'as_of'::date - 1 - floor(least(300, 729 - joined) * sales.uniform(stream, 9000 + nth * 4))::int AS opened,
		round(5 + 150 * sales.uniform(stream, 9001 + nth * 4) * (1.2 - care))::int AS lasts
	FROM sales_account
	CROSS JOIN LATERAL generate_series(1, floor(4 * (1 - care) * sales.uniform(stream, 26))::int) AS nth) AS c;

-- Offers go to accounts that buy; who is cared for sees less of a risk.
INSERT INTO sales.offers
SELECT row_number() OVER (ORDER BY account_id), account_id,
	:'as_of'::date - 5 - floor(50 * sales.uniform(stream, 9500))::int,
	greatest(500, round((potential * share_of_it * (0.05 + 0.8 * sales.uniform(stream, 9501) ^ 3))::numeric, -2)),
	sales.uniform(stream, 9502) < 0.1 + 0.8 * care,
	CASE WHEN sales.uniform(stream, 9503) < 0.9
		THEN floor(6 * (0.5 * care + 0.5 * sales.uniform(stream, 9504)))::int END,
	floor(5 * (0.5 * care + 0.5 * sales.uniform(stream, 9505)))::int,
	sales.uniform(stream, 9506) < 0.35,
	CASE WHEN sales.uniform(stream, 9507) < 0.8 THEN round((40 * sales.uniform(stream, 9508) ^ 3)::numeric, 1) END
FROM sales_account
WHERE sales.uniform(stream, 9509) < 0.2 * care;

CREATE INDEX ON sales.orders (account_id);
CREATE INDEX ON sales.contacts (account_id);
CREATE INDEX ON sales.complaints (account_id);

-- What was planned for the last quarter is not what came of it.
UPDATE sales.people AS p
SET revenue_planned = round((revenue * (0.75 + 0.6 * sales.uniform(hashtextextended(p.person, :seed), 2)))::numeric, -3),
	visits_planned = round(visits * (0.7 + 0.6 * sales.uniform(hashtextextended(p.person, :seed), 3)))
FROM (SELECT looked_after_by AS person, sum(revenue) AS revenue, sum(visits) AS visits
	FROM sales.accounts AS a
	CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0)::float8 AS revenue FROM sales.orders AS o
		WHERE o.account_id = a.account_id AND ordered_on >= :'as_of'::date - 91) AS o
	CROSS JOIN LATERAL (SELECT count(*) AS visits FROM sales.contacts AS c
		WHERE c.account_id = a.account_id AND kind = 'visit' AND met_on >= :'as_of'::date - 91) AS c
	GROUP BY looked_after_by) AS r
WHERE r.person = p.person;

-- The fair: three days; who is interested stays, asks, and answers.
CREATE TEMP TABLE sales_visitor AS
SELECT visitor_id, stream, sales.uniform(stream, 1) AS interest,
	(:'as_of'::date - 60 + floor(3 * sales.uniform(stream, 2))::int + interval '9 hours'
		+ floor(450 * sales.uniform(stream, 3)) * interval '1 minute') AT TIME ZONE 'Europe/Berlin' AS enters
FROM (SELECT visitor_id, hashint8extended(visitor_id, :seed + 7) AS stream
	FROM generate_series(1, :visitors::bigint) AS visitor_id) AS s;

INSERT INTO sales.fair_visitors
SELECT visitor_id, 'Company ' || visitor_id,
	('{DE,DE,DE,AT,CH,FR,PL}'::text[])[1 + floor(7 * sales.uniform(stream, 4))::int],
	('{buyer,engineer,engineer,manager,student}'::text[])[1 + floor(5 * sales.uniform(stream, 5))::int],
	sales.uniform(stream, 6) < 0.8,
	CASE WHEN sales.uniform(stream, 7) < 0.4 + 0.4 * interest
		THEN least(100, greatest(0, round(90 * interest + 12 * sales.normal(stream, 8))))::int END
FROM sales_visitor;

INSERT INTO sales.fair_events
SELECT visitor_id, enters, 'enters' FROM sales_visitor
UNION ALL
SELECT visitor_id, enters + (0.5 + 22 * interest * sales.uniform(stream, 10)) * interval '1 minute', 'leaves'
FROM sales_visitor
UNION ALL
SELECT visitor_id, enters + nth * interval '20 seconds',
	('{brochure,talk,demonstration,brochure,talk,appointment}'::text[])[nth]
FROM sales_visitor
CROSS JOIN LATERAL generate_series(1, 6) AS nth
WHERE sales.uniform(stream, 20 + nth) < interest * 1.1 - nth * 0.08;

INSERT INTO sales.lead_steps
SELECT visitor_id, (enters AT TIME ZONE 'Europe/Berlin')::date + (step - 1) * 3 + floor(9 * (step - 1) * sales.uniform(stream, 30 + step))::int, step
FROM sales_visitor
CROSS JOIN LATERAL generate_series(1, 1 + CASE WHEN sales.uniform(stream, 40) > 0.15 + 0.8 * interest
	OR sales.uniform(stream, 6) >= 0.8 THEN 0	-- who may not be contacted is not called
	WHEN sales.uniform(stream, 41) > 0.1 + 0.6 * interest THEN 1
	WHEN sales.uniform(stream, 42) > 0.1 + 0.5 * interest THEN 2 ELSE 3 END) AS step;

-- The year before: all who could be called were, and it is known who ordered in the
-- year since. Interest makes orders, and so does who it is: buyers and managers may, students may not.
INSERT INTO sales.last_fair
SELECT visitor_id, country, role,
	CASE WHEN sales.uniform(stream, 7) < 0.4 + 0.4 * interest
		THEN least(100, greatest(0, round(90 * interest + 12 * sales.normal(stream, 8))))::int END,
	0.5 + 22 * interest * sales.uniform(stream, 10),
	(SELECT count(*) FROM generate_series(1, 6) AS nth WHERE sales.uniform(stream, 20 + nth) < interest * 1.1 - nth * 0.08),
	sales.uniform(stream, 40) < 0.5 * interest ^ 2
		* CASE role WHEN 'student' THEN 0.05 WHEN 'engineer' THEN 0.6 WHEN 'manager' THEN 1.2 ELSE 1.5 END
FROM (SELECT visitor_id, stream, sales.uniform(stream, 1) AS interest,
		('{DE,DE,DE,AT,CH,FR,PL}'::text[])[1 + floor(7 * sales.uniform(stream, 4))::int] AS country,
		('{buyer,engineer,engineer,manager,student}'::text[])[1 + floor(5 * sales.uniform(stream, 5))::int] AS role
	FROM (SELECT visitor_id, hashint8extended(visitor_id, :seed + 8) AS stream
		FROM generate_series(1, 2000) AS visitor_id) AS s) AS v;

DROP TABLE sales_account, sales_visitor;
DROP FUNCTION sales.normal(bigint, bigint);
DROP FUNCTION sales.uniform(bigint, bigint);

CREATE INDEX ON sales.fair_events (visitor_id);
ANALYZE sales.accounts, sales.orders, sales.contacts, sales.complaints, sales.offers, sales.fair_visitors, sales.fair_events, sales.lead_steps, sales.last_fair;

RESET search_path;
RESET jit;
RESET client_min_messages;
