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
      const close = names.map((one) => [likeness(name, one), one] as const).sort((a, b) => b[0] - a[0])[0];
      const hint = close && close[0] >= 0.5 ? `; did you mean '${close[1]}'?` : ".";
      throw new TypeError(`unknown ${kind} ${place}${name}${hint} Known: ${names.join(", ")}`);
    },
  });
}

/** Returns how alike two names are, up to 1: the share of pairs of neighbouring letters that both have (Dice). */
function likeness(a: string, b: string): number {
  const pairs = (text: string) => [...` ${text}`].map((letter, index) => letter + (text[index] ?? ""));
  const others = pairs(b);
  return (2 * pairs(a).filter((one) => others.includes(one)).length) / (a.length + b.length + 2);
}
