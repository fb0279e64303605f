export const VERSION = "0.2.0";
export const API_VERSION = "2026-11-29";
