// All classes of errors by name, and the one for a code.
import { ApprovalRequired, ConnectionFailed, type ErrorClass, RedirectRefused, TimedOut, UnifiedError, UnreadableAnswer } from "./error.js";
import { type ServiceErrors, tree } from "./generated/errors.js";

const own = { ApprovalRequired, ConnectionFailed, RedirectRefused, TimedOut, UnifiedError, UnreadableAnswer };
const classes: Record<string, ErrorClass> = { ...own } as unknown as Record<string, ErrorClass>;
const byCode = new Map<string, ErrorClass>();
const byStatus = new Map<number, ErrorClass>();

let base: ErrorClass = UnifiedError;
for (const [, derived, name = "", code, status] of tree.matchAll(/(<?)(\w+)(?:=(\w+))?(?:@(\d+))?/g)) {
  const kind: ErrorClass = class extends (derived ? base : UnifiedError) {};
  Object.defineProperty(kind, "name", { value: name });
  base = derived ? base : kind;
  classes[name] = kind;
  if (status) {
    byStatus.set(Number(status), kind);
  } else {
    byCode.set(code ?? name.replace(/\B[A-Z]/g, "_$&").toLowerCase(), kind);
  }
}

/** Every class of errors: `error instanceof errors.NotFound`. */
export const errors = classes as unknown as ServiceErrors & typeof own;

/** Returns the class for a code; for one that is newer than this client, that of its status. */
export function classOf(code: string, status: number): ErrorClass {
  return byCode.get(code) ?? byStatus.get(status) ?? UnifiedError;
}
