// The peers in Node: `node server.js <pass|hand|equal|jsonata> <port> <provider's port> [file of the mapping]`. Fastify answers, undici asks.
"use strict";
const { readFileSync } = require("node:fs");
const fastify = require("fastify")();
const { Pool } = require("undici");
const { PROPERTIES } = require("./properties.js");

const [kind, port, upstream, file] = process.argv.slice(2);
const provider = new Pool(`http://127.0.0.1:${upstream}`, { connections: 64 });
const headers = { accept: "application/json", authorization: "Bearer bench-token-0000" };

async function page(query) {
  const search = new URLSearchParams({ limit: query.limit ?? "50", associations: "companies", properties: PROPERTIES });
  const response = await provider.request({ path: `/crm/v3/objects/contacts?${search}`, method: "GET", headers });
  if (response.statusCode !== 200) throw new Error(`the provider answered ${response.statusCode}`);
  return JSON.parse(await response.body.text());
}

function answer(data, found) {
  const after = found.paging?.next?.after;
  const next_cursor = after === undefined ? null : Buffer.from(after).toString("base64url");
  return JSON.stringify({ data, next_cursor, meta: { provider: "hubspot", model: "crm.contacts", warnings: [] } });
}

function mapped(choose) {
  fastify.get("/crm/contacts", async (request, reply) => {
    const found = await page(request.query);
    return reply.type("application/json").send(answer(found.results.map(choose(request)), found));
  });
}

const kinds = {
  pass() {
    fastify.get("/proxy/*", async (request, reply) => {
      const { statusCode, headers: given, body } = await provider.request({
        path: request.raw.url.slice("/proxy".length), method: "GET", headers,
      });
      const kept = { "content-type": given["content-type"], "content-length": given["content-length"] };
      return reply.code(statusCode).headers(kept).send(body);
    });
  },
  hand() {
    const { contact, twelve } = require("./plain.js");
    mapped((request) => (request.query.fields ? twelve : contact));
  },
  equal() {
    const { contact } = require("./contact.js");
    mapped(() => contact);
  },
  jsonata() {
    const { mapper } = require("./expression.js");
    const map = mapper(JSON.parse(readFileSync(file, "utf8")));
    fastify.get("/crm/contacts", async (request, reply) => {
      const found = await page(request.query);
      const data = [];
      for (const item of found.results) data.push(await map(item));
      return reply.type("application/json").send(answer(data, found));
    });
  },
};

kinds[kind]();
fastify.listen({ port: Number(port), host: "127.0.0.1" });
