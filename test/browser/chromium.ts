/** A real Chromium that trusts the site under test as a person would make theirs trust it: by its certificate authority. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Browser, type BrowserContext, chromium, type LaunchOptions } from "playwright-core";
import { exec } from "../../scripts/exec";
import { aptInstall, ensureChromium } from "../../scripts/machine";
import { address } from "../contract/support/apps";
import { separateNetwork } from "./network";

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A browser with a home folder of its own. */
export interface Chromium {
  browser: Browser;
  close: () => Promise<void>;
}

/** What {@link startChromium} takes. */
export interface ChromiumArgs {
  /** The only host names that it can find; they are this machine. */
  hosts: string[];
  /** The ports of these. */
  ports: number[];
  /** The certificate authorities to trust, PEM; without them no certificate is trusted. */
  authorities?: string[];
}

/** Start Chromium with a fresh profile. Its contexts are private windows, in which it blocks third-party cookies. */
export async function startChromium(args: ChromiumArgs): Promise<Chromium> {
  const { started: browser, close } = await start(args, (options) => chromium.launch(options));
  return { browser, close };
}

/** Start Chromium with one ordinary window, in which it is told to send third-party cookies, as Chrome does and Debian's does not. */
export async function startOrdinaryWindow(
  args: ChromiumArgs,
): Promise<{ context: BrowserContext; close: () => Promise<void> }> {
  const { started: context, close } = await start(args, (options, home) => {
    const profile = path.join(home, "profile");
    fs.mkdirSync(path.join(profile, "Default"), { recursive: true });
    const preferences = { profile: { cookie_controls_mode: 0 } };
    fs.writeFileSync(path.join(profile, "Default", "Preferences"), JSON.stringify(preferences));
    return chromium.launchPersistentContext(profile, options);
  });
  return { context, close };
}

async function start<Started extends { close: () => Promise<void> }>(
  { hosts, ports, authorities = [] }: ChromiumArgs,
  launch: (options: LaunchOptions, home: string) => Promise<Started>,
): Promise<{ started: Started; close: () => Promise<void> }> {
  const executable = await ensureChromium(log);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "chromium-"));
  const network = await separateNetwork(home, ports);
  const cleanUp = (): void => {
    network?.close();
    fs.rmSync(home, { recursive: true, force: true });
  };
  try {
    if (authorities.length > 0) await trust(home, authorities);
    const loopback = network ? "127.0.0.1" : address;
    const started = await launch(
      {
        executablePath: network?.wrapper(executable) ?? executable,
        // Chromium on Linux trusts what the NSS database in the home folder trusts.
        env: { ...definedEnvironment(), HOME: home, XDG_DATA_HOME: path.join(home, ".local/share") },
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--disable-sync",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          `--host-resolver-rules=${hosts.map((host) => `MAP ${host} ${loopback}, `).join("")}MAP * ~NOTFOUND`,
        ],
      },
      home,
    );
    await network?.ready;
    return {
      started,
      close: async () => {
        await started.close();
        cleanUp();
      },
    };
  } catch (error) {
    cleanUp();
    throw error;
  }
}

async function trust(home: string, authorities: string[]): Promise<void> {
  const installed = await exec("sh", ["-c", "command -v certutil"]).catch(() => undefined);
  if (!installed) await aptInstall(["libnss3-tools"], log);
  const database = path.join(home, ".pki", "nssdb");
  fs.mkdirSync(database, { recursive: true });
  const certutil = (...args: string[]): Promise<unknown> =>
    exec("certutil", ["-d", `sql:${database}`, ...args]);
  await certutil("-N", "--empty-password");
  for (const [index, authority] of authorities.entries()) {
    const file = path.join(home, `authority-${index}.pem`);
    fs.writeFileSync(file, authority);
    await certutil("-A", "-n", `authority ${index}`, "-t", "C,,", "-i", file);
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
