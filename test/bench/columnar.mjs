// Times queries in DuckDB: columnar.mjs FOLDER REPEATS.
//
// The folder has a table as NAME.csv with NAME.ddl, its columns, and in queries.json
// a list of {n, query}. Prints for each: n, milliseconds in one thread, and in all.
// The rows are made and thrown away.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { DuckDBInstance } = createRequire(join(process.env.DUCKDB_FOLDER ?? process.cwd(), "x"))("@duckdb/node-api");
const [folder, repeats] = process.argv.slice(2);
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();

for (const file of readdirSync(folder).filter((name) => name.endsWith(".ddl"))) {
	const name = file.slice(0, -4);
	await connection.run(`CREATE TABLE ${name} (${readFileSync(join(folder, file), "utf8")})`);
	await connection.run(`COPY ${name} FROM '${join(folder, name)}.csv' (FORMAT csv, HEADER false)`);
}
const cores = (await connection.runAndReadAll("SELECT current_setting('threads')")).getRows()[0][0];

async function time(query) {
	const begun = process.hrtime.bigint();
	const result = await connection.stream(query);
	for (;;) {
		const chunk = await result.fetchChunk();
		if (!chunk || chunk.rowCount === 0) break;
	}
	return Number(process.hrtime.bigint() - begun) / 1e6;
}

for (const { n, query } of JSON.parse(readFileSync(join(folder, "queries.json"), "utf8"))) {
	const medians = [];
	for (const threads of [1, cores]) {
		await connection.run(`SET threads = ${threads}`);
		const times = [];
		for (let i = 0; i < Number(repeats); i++) times.push(await time(query));
		times.sort((a, b) => a - b);
		medians.push(times[Math.floor(times.length / 2)]);
	}
	console.log([n, ...medians.map((ms) => ms.toFixed(3))].join("\t"));
}
