/** A real Chromium that trusts the site under test as a person would make theirs trust it: by its certificate authority. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { exec } from "../../scripts/exec";
import { aptInstall, ensureChromium } from "../../scripts/machine";
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
  /** The only host name that it can find; it is this machine. */
  host: string;
  /** The site's ports. */
  ports: number[];
  /** The certificate authority to trust, PEM; without it the site's certificate is not trusted. */
  authority?: string;
}

/** Start Chromium with a fresh profile. */
export async function startChromium({ host, ports, authority }: ChromiumArgs): Promise<Chromium> {
  const executable = await ensureChromium(log);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "chromium-"));
  const network = await separateNetwork(home, ports);
  const cleanUp = (): void => {
    network?.close();
    fs.rmSync(home, { recursive: true, force: true });
  };
  try {
    if (authority !== undefined) await trust(home, authority);
    const browser = await chromium.launch({
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
        `--host-resolver-rules=MAP ${host} 127.0.0.1, MAP * ~NOTFOUND`,
      ],
    });
    await network?.ready;
    return {
      browser,
      close: async () => {
        await browser.close();
        cleanUp();
      },
    };
  } catch (error) {
    cleanUp();
    throw error;
  }
}

async function trust(home: string, authority: string): Promise<void> {
  const installed = await exec("sh", ["-c", "command -v certutil"]).catch(() => undefined);
  if (!installed) await aptInstall(["libnss3-tools"], log);
  const database = path.join(home, ".pki", "nssdb");
  const file = path.join(home, "authority.pem");
  fs.mkdirSync(database, { recursive: true });
  fs.writeFileSync(file, authority);
  const certutil = (...args: string[]): Promise<unknown> =>
    exec("certutil", ["-d", `sql:${database}`, ...args]);
  await certutil("-N", "--empty-password");
  await certutil("-A", "-n", "site", "-t", "C,,", "-i", file);
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
