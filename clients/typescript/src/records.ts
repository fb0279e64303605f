// The records of a list, page after page.
import { UnreadableAnswer } from "./error.js";
import type { Options } from "./options.js";

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
    private readonly load: (query: object, options?: Options) => Promise<unknown>,
    private readonly query: object,
    private readonly options?: Options,
  ) {}

  /** Goes through the records of all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) {
      yield* page.data;
    }
  }

  /** Goes through the pages. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let query: { cursor?: unknown } = this.query;
    for (;;) {
      const page = await this.loaded(query);
      yield page;
      if (page.next_cursor === null || page.next_cursor === undefined) {
        return;
      }
      if (page.next_cursor === query.cursor) {
        throw unreadable("the list does not end: a page names itself as the next one");
      }
      query = { ...this.query, cursor: page.next_cursor };
    }
  }

  /** Returns the first page alone. */
  page(): Promise<Page<T>> {
    return this.loaded(this.query);
  }

  private async loaded(query: object): Promise<Page<T>> {
    const page = (await this.load(query, this.options)) as Page<T> | null;
    if (!Array.isArray(page?.data)) {
      throw unreadable("expected a page with `data`; is baseUrl right?");
    }
    return page;
  }
}

function unreadable(detail: string): UnreadableAnswer {
  return new UnreadableAnswer({ code: "unreadable_answer", detail });
}
