// The records of a list, page after page.
import { unreadable } from "./answer.js";
import type { Answer, Options } from "./options.js";

/** A query that does not narrow the fields. */
export interface Whole {
  fields?: undefined;
}

/** A record with the requested fields only. */
export type Narrowed<T extends { id: string }> = Pick<T, "id"> & Partial<T>;

/** One page of a list. */
export interface Page<T> {
  data: T[];
  /** For the next page; null on the last one. A page may be empty and still have it. */
  next_cursor: string | null;
  /** Of records: where they are from, and what the list says about itself. */
  meta?: { provider: string; model: string; warnings: { code: string; message: string }[] };
}

/** The records of a list, requested page by page when they are reached. */
export class Records<T> implements AsyncIterable<T> {
  constructor(
    private readonly load: (query: object, options?: Options) => Promise<readonly [unknown, Answer]>,
    private readonly query: object,
    private readonly options?: Options,
  ) {}

  /** What the pages so far say about the list, such as that Unified filtered it: texts by their code. */
  readonly warnings: Record<string, string> = {};

  /** Goes through the records of all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) {
      yield* page.data;
    }
  }

  /** Returns the records of all pages; rejects if there are more than `atMost`. */
  async toArray(atMost = 10_000): Promise<T[]> {
    const found: T[] = [];
    for await (const page of this.pages()) {
      found.push(...page.data);
      if (found.length > atMost) {
        throw new RangeError(`expected at most ${atMost} records, there are more: raise it, or go through them one by one`);
      }
    }
    return found;
  }

  /** Goes through the pages. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let query: { cursor?: unknown } = this.query;
    do {
      const [page, answer] = (await this.load(query, this.options)) as [Page<T>, Answer];
      for (const { code, message } of page.meta?.warnings ?? []) {
        this.warnings[code] = message;
      }
      yield page;
      const cursor = page.next_cursor ?? undefined;
      if (cursor !== undefined && cursor === query.cursor) {
        throw unreadable("the list does not end: a page names itself as the next one", answer);
      }
      query = { ...this.query, cursor };
    } while (query.cursor !== undefined);
  }

  /** Returns the first page alone. */
  async page(): Promise<Page<T>> {
    return (await this.load(this.query, this.options))[0] as Page<T>;
  }
}
