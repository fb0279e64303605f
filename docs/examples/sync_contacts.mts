// Keeps a copy of an account's contacts in a file: run it as often as you like, also after it was killed.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { Client, errors, type crm, type Narrowed } from "unified-client";

type Contact = Narrowed<crm.Contact>;
type Query = { updated_after?: string; include_deleted?: boolean };
type Run = { started: string; query: Query; comparing?: boolean };
interface Copy {
  mark?: string | undefined; run?: Run | undefined; changes?: string | null; ids?: string | null;
  round: number; contacts: Record<string, { record: Contact; seen: number }>;
}

const OVERLAP_MS = 600_000; // more than clocks differ, and than a provider's search lags behind
const { UNIFIED_URL = "", UNIFIED_KEY = "", SYNC_ACCOUNT = "", SYNC_FILE = "", SYNC_PAGE = "200" } = env;
const contacts = new Client(UNIFIED_URL, UNIFIED_KEY).account(SYNC_ACCOUNT).crm.contacts;
const copy: Copy = existsSync(SYNC_FILE) ? JSON.parse(readFileSync(SYNC_FILE, "utf8")) as Copy : { round: 0, contacts: {} };

/** Replaces the file as a whole, so that a kill leaves the old one or the new one. A database would use a transaction. */
function save(): void {
  writeFileSync(`${SYNC_FILE}.new`, JSON.stringify(copy));
  renameSync(`${SYNC_FILE}.new`, SYNC_FILE);
}

/** Inserts or replaces: a record that comes twice is one entry. */
function store(records: readonly Contact[]): void {
  for (const record of records) {
    if (record.is_deleted) {
      delete copy.contacts[record.id];
    } else {
      copy.contacts[record.id] = { record, seen: copy.round };
    }
  }
}

/** Goes on where the last run stopped; what a page changes and the place behind it are saved together. */
async function walk(
  name: "changes" | "ids", each: (records: Contact[]) => unknown, end: () => unknown, query: crm.ContactQuery,
): Promise<void> {
  try {
    for await (const page of contacts.list({ limit: Number(SYNC_PAGE), cursor: copy[name] ?? null, ...query }).pages()) {
      await each(page.data);
      copy[name] = page.next_cursor;
      if (page.next_cursor === null) {
        await end();
      }
      save();
      console.log(name, page.data.length);
    }
  } catch (error) {
    if (error instanceof errors.InvalidCursor) {
      copy[name] = null; // the next run begins this list again
      save();
    }
    throw error;
  }
}

/** Notes when the run starts, by the service's clock, and what the provider can be asked for. */
async function begin(): Promise<Run> {
  let date = "";
  const { parameters } = await contacts.schema({ onAnswer: (answer) => (date = answer.headers["date"] ?? "") });
  const query: Query = copy.mark && parameters.includes("updated_after") ? { updated_after: copy.mark } : {};
  const { meta } = await contacts.list({ limit: 1, include_deleted: true, ...query }).page();
  if (!meta?.warnings.some(({ code }) => code === "deleted_not_offered" || code === "filter_emulated")) {
    query.include_deleted = true;
  }
  copy.run = { started: new Date(Date.parse(date) - OVERLAP_MS).toISOString(), query };
  save();
  return copy.run;
}

/** Reads all ids: what the copy lacks is read, and what is no longer listed is deleted once `get` says so too. */
async function compare(run: Run): Promise<void> {
  const see = async (records: Contact[]) => {
    for (const { id } of records) {
      const known = copy.contacts[id];
      if (known) {
        known.seen = copy.round;
      } else {
        store([await contacts.get(id)]);
      }
    }
  };
  const end = async () => {
    for (const [id, { seen }] of Object.entries(copy.contacts)) {
      if (seen < copy.round) {
        const found = await contacts.get(id).catch((error: unknown) => {
          if (!(error instanceof errors.NotFound)) throw error; // a list that changes while it is read may leave one out
        });
        if (found) store([found]);
        else delete copy.contacts[id];
      }
    }
    copy.mark = run.started;
    copy.run = undefined;
  };
  await walk("ids", see, end, { fields: ["id"] });
}

const run = copy.run ?? await begin();
const isCompared = run.comparing || !run.query.include_deleted || env["SYNC_COMPARE"] !== undefined;
if (!run.comparing) {
  const end = () => {
    if (isCompared) {
      copy.round += 1;
      run.comparing = true;
    } else {
      copy.mark = run.started;
      copy.run = undefined;
    }
  };
  await walk("changes", store, end, run.query);
}
if (isCompared) {
  await compare(run);
}
console.log("in step:", Object.keys(copy.contacts).length);
