// Runs the matrix in a page.
import { run } from "./matrix.js";

Object.assign(globalThis, { runMatrix: run });
