import { createHash } from "node:crypto";

/** SHA-256 in hex, as the probe shows a secret and a file. */
export const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");
