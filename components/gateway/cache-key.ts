/**
 * What the answers of a sign-in check are remembered under. nginx writes the key of a cached answer into the file that holds it,
 * so the key is no password, cookie or token: it is their HMAC-SHA256 under a secret that lasts as long as the gateway runs.
 */
import { type NamedFile, scriptFile } from "./files";
import type { GatewayPlatform } from "./platform";
import { lines, map } from "./text";

const scriptName = "hash-credentials.js";

/** The njs script, which {@link cacheKeyHttp} imports from the folder of the gateway's files. */
export function cacheKeyScript(): NamedFile {
  return scriptFile(__dirname, scriptName);
}

/**
 * Write what the cache's keys need of the `http` block.
 *
 * @param platform where the gateway runs
 * @param credentials all that the sign-in check goes by, as nginx has it: variables
 */
export function cacheKeyHttp({ folders }: Pick<GatewayPlatform, "folders">, credentials: string): string {
  return lines(
    `js_import cache_key from ${folders.config}/${scriptName};
js_shared_dict_zone zone=cache_key:32k;
js_set $credentials_key cache_key.of;`,
    map(`"${credentials}"`, "$credentials", `"${credentials}"`, []),
    map("$credentials_key", "$without_credentials", "0", [['""', "1"]]),
  );
}

/**
 * Directives of a location that remembers the answers to a sign-in check. Which answers, and for how long, the answers say
 * (`X-Accel-Expires`).
 *
 * @param zone the cache
 * @param about what is asked, beside who asks. @default nothing
 */
export function rememberedBy(zone: string, about = ""): string {
  return `proxy_cache ${zone};
proxy_cache_key "${about === "" ? "" : `${about} `}$credentials_key";
proxy_cache_bypass $without_credentials;
proxy_no_cache $without_credentials;
proxy_cache_lock on;`;
}
