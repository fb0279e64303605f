/** Where the demo answers, and what both programs expect of it. */

declare const process: { env: Record<string, string | undefined> };

function setting(name: string): string {
  const found = process.env[name];
  if (found === undefined) throw new Error(`${name} is not set; \`make generators\` sets it`);
  return found;
}

export const baseUrl = setting("UNIFIED_BASE_URL");
export const key = setting("UNIFIED_KEY");
export const account_id = setting("UNIFIED_ACCOUNT");

/** Return a value that must be there. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`expected ${what}`);
  return value;
}

export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`expected ${what}`);
}
