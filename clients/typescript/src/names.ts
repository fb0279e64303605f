// What is said about a name that is not known.

/** Names that runtimes and test tools look up on any object. */
const LOOKED_UP = /^(then|toJSON|inspect|nodeType|tagName|asymmetricMatch|[$@_].*)$/;

/** Returns an object that answers unknown names with the known ones. */
export function known<T extends object>(kind: string, place: string, members: T): T {
  return new Proxy(members, {
    get(target, name) {
      if (typeof name === "symbol" || name in target || LOOKED_UP.test(name)) {
        return Reflect.get(target, name);
      }
      const names = Object.keys(target).sort();
      const close = names.map((one) => [distance(name, one), one] as const).sort((a, b) => a[0] - b[0])[0];
      const hint = close && close[0] <= Math.max(2, name.length / 3) ? `; did you mean '${close[1]}'?` : ".";
      throw new TypeError(`unknown ${kind} ${place}${name}${hint} Known: ${names.join(", ")}`);
    },
  });
}

/** Returns how many letters differ (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
