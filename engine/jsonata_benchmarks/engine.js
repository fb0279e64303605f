// npm jsonata behind a line protocol: one JSON request a line, one JSON answer a line, in order.
// {"do":"load","name","source","document"} | {"do":"time","name","pages"} | {"do":"eval","source","document","bindings"}
const jsonata = require("jsonata");
const { performance } = require("perf_hooks");

const loaded = new Map();
const isFunction = (value) =>
  typeof value === "function" || (value !== null && typeof value === "object" && (value._jsonata_lambda || value._jsonata_function));
// Functions are left out; a number that JSON has no word for is an object with one key.
const plain = (_, item) => {
  if (isFunction(item)) return undefined;
  return typeof item === "number" && !Number.isFinite(item) ? { $number: String(item) } : item;
};
const text = (value) => JSON.stringify(value, plain);

async function answered(run) {
  try {
    const value = text(await run());
    return value === undefined ? '{"undefined":true}' : `{"value":${value}}`;
  } catch (error) {
    const code = error && error.code ? error.code : `JS ${error && error.name}`;
    return JSON.stringify({ code, position: error && error.position, message: String(error && error.message).slice(0, 200) });
  }
}

async function load({ name, source, document }) {
  const expression = jsonata(source);
  loaded.set(name, { expression, document });
  return expression.evaluate(document);
}

async function time({ name, pages }) {
  const { expression, document } = loaded.get(name);
  const started = performance.now();
  const used = process.cpuUsage();
  for (let page = 0; page < pages; page++) await expression.evaluate(document);
  const { user, system } = process.cpuUsage(used); // other load counts for the clock, helping threads count here
  return Math.min(performance.now() - started, (user + system) / 1000) / pages;
}

const parsed = new Map();
function parse(source) {
  if (!parsed.has(source)) {
    if (parsed.size > 100) parsed.clear();
    parsed.set(source, jsonata(source));
  }
  return parsed.get(source);
}

const evaluate = ({ source, document, bindings }) => parse(source).evaluate(document, bindings);
const actions = { load, time, eval: evaluate };

let waiting = Promise.resolve();
require("readline")
  .createInterface({ input: process.stdin, terminal: false })
  .on("line", (line) => {
    const request = JSON.parse(line);
    waiting = waiting.then(() => answered(() => actions[request.do](request))).then((answer) => process.stdout.write(answer + "\n"));
  });
