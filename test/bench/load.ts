/** Many requests at once, by h2load. */
import { exec } from "../../scripts/exec";
import type { Way } from "./contender";
import { get, signInHeaders } from "./http";

/** One of the app's files with a hash in its name. */
export interface Asset {
  path: string;
  /** Uncompressed. */
  bytes: number;
}

/** The hashed scripts that the page names, smallest first. */
export async function hashedAssets(contender: Way): Promise<Asset[]> {
  const { body } = await get(contender, "");
  const paths = [...body.toString().matchAll(/"\.\/(static\/js\/[^"]+)"/g)].flatMap(
    (match) => match[1] ?? [],
  );
  const assets: Asset[] = [];
  for (const path of new Set(paths)) assets.push({ path, bytes: (await get(contender, path)).body.length });
  return assets.sort((a, b) => a.bytes - b.bytes);
}

/** HTTP/1.1 with keep-alive, or HTTP/2 with one request at a time on each connection, for the same load. */
export type Protocol = "h1" | "h2";

/**
 * Ask for an asset over 32 connections for about so many seconds, signed in.
 *
 * @returns answers per second
 * @throws if any of them was not 200
 */
export async function requestsPerSecond(
  contender: Way,
  asset: Asset,
  protocol: Protocol,
  seconds: number,
): Promise<number> {
  // By number: told a duration, h2load 1.52 sometimes does not end. In the first few requests, most of the time goes into
  // connecting, so that they tell too little of those that follow.
  const first = await run(contender, asset, protocol, 640);
  const estimate = await run(contender, asset, protocol, Math.ceil((first * seconds) / 2));
  return run(contender, asset, protocol, Math.ceil(estimate * seconds));
}

async function run(contender: Way, asset: Asset, protocol: Protocol, requests: number): Promise<number> {
  const { url, address } = contender;
  const headers = { "accept-encoding": "gzip, deflate, br, zstd", ...signInHeaders(contender) };
  const { stdout } = await exec(
    "h2load",
    [
      ...["--clients=32", "--threads=1", `--requests=${Math.max(requests, 640)}`],
      ...(protocol === "h1" ? ["--h1"] : ["--max-concurrent-streams=1"]),
      `--connect-to=${address.host}:${address.port}`,
      ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
      new URL(asset.path, url).href,
    ],
    { seconds: 120 },
  );
  const rate = /finished in [^,]+, ([0-9.]+) req\/s/.exec(stdout)?.[1];
  const failed = /status codes: \d+ 2xx, (?<rest>.*)$/m.exec(stdout)?.groups?.rest;
  if (rate === undefined || failed !== "0 3xx, 0 4xx, 0 5xx") throw new Error(`h2load: ${stdout}`);
  return Number(rate);
}
