declare module "node:process" {
  const process: { env: Record<string, string | undefined>; argv: string[] };
  export default process;
  export const env: Record<string, string | undefined>;
}
declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf8"): string;
  export function existsSync(path: string): boolean;
  export function renameSync(path: string, to: string): void;
  export function writeFileSync(path: string, text: string): void;
}
