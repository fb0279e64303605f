// Runs the matrix on the command line: the file of cases in, one line of JSON out.
import { readFileSync } from "node:fs";
import process from "node:process";
import { run } from "./matrix.js";

console.log(JSON.stringify(await run(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")), 40)));
