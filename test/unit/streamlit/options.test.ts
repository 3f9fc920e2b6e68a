/** Which options Streamlit has, by its wheels, and what is said of others. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import type { SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import list from "../../../components/streamlit/options.json";
import {
  optionComplaint,
  ownConfigComplaints,
  streamlitVersionsRead,
} from "../../../components/streamlit/options";
import { sourceWarnings } from "../../../components/streamlit/source";
import { gatewaySettings, leastStreamlitVersion } from "../../../components/streamlit/streamlit";
import { readStreamlitOptions } from "../../../scripts/streamlit-options/wheels";

const spec = (streamlit: Record<string, unknown>, source = "apps/sales"): SiteArgs => ({
  host: "site.example.com",
  apps: { sales: { source, streamlit: streamlit as Record<string, string> } },
  auth: { basic: { generatedUsers: ["anna"] } },
});

function faults(streamlit: Record<string, unknown>): string[] {
  try {
    checkSite(spec(streamlit), "docker");
    return [];
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

describe("the list of options", () => {
  it("is that of the wheels", async () => {
    expect(await readStreamlitOptions(() => undefined)).toEqual(list);
  }, 600_000);

  it("begins with the least version that a site may have, and ends with that of the sample apps", () => {
    expect(streamlitVersionsRead[0]).toBe(`${leastStreamlitVersion}.0`);
    const requirements = fs.readFileSync("apps/explorer/requirements.txt", "utf8");
    expect(requirements).toContain(`\nstreamlit==${streamlitVersionsRead.at(-1) ?? "?"}\n`);
  });

  it("has what the gateway sets, options that are hidden, and one that was removed", () => {
    const names = Object.keys(list.options);
    expect(names).toEqual(expect.arrayContaining(Object.keys(gatewaySettings)));
    expect(names).toEqual(expect.arrayContaining(["runner.postScriptGC", "ui.hideTopBar", "mapbox.token"]));
    expect(names).toEqual(
      expect.arrayContaining(["theme.sidebar.font", "theme.light.font", "theme.dark.sidebar.primaryColor"]),
    );
  });
});

/**
 * The options that an app may have as it likes. Each was looked at for what a visitor could do by it, to the app, to other
 * visitors or to the site; what is about looks (`theme`, `ui`) is left out.
 */
const looksAndLimits = [
  // What visitors see and log files have.
  "client.disableDataExport",
  "client.showErrorDetails",
  "client.showErrorLinks",
  "client.showSidebarNavigation",
  "client.toolbarMode",
  "global.disableWidgetStateDuplicationWarning",
  "global.showWarningOnDirectExecution",
  "global.suppressDeprecationWarnings",
  "logger.enableRich",
  "logger.hideWelcomeMessage",
  "logger.level",
  "logger.messageFormat",
  "magic.displayLastExprIfNoSemicolon",
  "magic.displayRootDocString",
  // A token that browsers get.
  "mapbox.token",
  // How the script runs, and what its caches hold.
  "global.maxCachedMessageAge",
  "global.minCachedMessageSize",
  "runner.cacheBackgroundRefreshMaxWorkers",
  "runner.cacheBackgroundRefreshTTLMultiplier",
  "runner.cacheHashSeed",
  "runner.connectionDefaultTTL",
  "runner.enforceSerializableSessionState",
  "runner.enumCoercion",
  "runner.fastReruns",
  "runner.magicEnabled",
  "runner.parallelMaxWorkers",
  "runner.postScriptGC",
  "secrets.files",
  // What a visitor may cost the app in memory, within the memory of its container.
  "server.agentMaxSessions",
  "server.agentPreviewRows",
  "server.agentSessionTTL",
  "server.agentWaitTimeout",
  "server.disconnectedSessionTTL",
  "server.enableExpensiveMemoryStats",
  "server.enableWebsocketCompression",
  "server.maxCacheDataSize",
  "server.maxMessageSize",
  "server.maxUploadSize",
  "server.maxWidgetStateSize",
  "server.websocketPingInterval",
  // For those who are signed in only, as the rest of the app: the gateway checks each path.
  "server.enableAgentApi",
  "server.enableStaticServing",
  // Nothing in a container changes the files that are watched.
  "server.allowRunOnSave",
  "server.fileWatcherType",
  "server.folderWatchBlacklist",
  "server.folderWatchList",
  "server.runOnSave",
  // There is no terminal.
  "server.showEmailPrompt",
];

describe("each option of Streamlit", () => {
  it("is set or refused by the gateway, or was found to open nothing to a visitor", () => {
    const others = Object.keys(list.options).filter((option) => !/^(theme|ui)\./.test(option));
    // A new option of Streamlit's fails here until somebody has looked at it.
    expect([...Object.keys(gatewaySettings), ...looksAndLimits].sort()).toEqual(others.sort());
  });

  it.each(["global.e2eTest", "global.developmentMode", "global.appTest", "global.unitTest"])(
    "is refused if it is for tests: %s",
    (option) => {
      expect(faults({ [option]: "true" })).toEqual([
        `apps.sales.streamlit.${option}: is set by the gateway: ${gatewaySettings[option] ?? ""}`,
      ]);
    },
  );
});

describe("a setting of a spec", () => {
  it.each<[string, unknown, string]>([
    ["server.maxUploadSze", "50", "Streamlit has no such option; did you mean server.maxUploadSize?"],
    ["theme.Base", "dark", "Streamlit has no such option; did you mean theme.base?"],
    ["theme.sidebar.fnt", "x", "Streamlit has no such option; did you mean theme.sidebar.font?"],
    ["theme.sidebar.light.font", "x", "Streamlit has no such option; did you mean theme.sidebar.codeFont?"],
    ["quite.different", "x", "Streamlit has no such option"],
    ["server.constructor", "x", "Streamlit has no such option"],
    ["server.enableStaticServing", "yes", "must be true or false"],
    ["server.enableStaticServing", "'true'", "must be true or false"],
    ["server.websocketPingInterval", "often", "must be a whole number"],
    ["server.websocketPingInterval", "1.5", "must be a whole number"],
    ["server.websocketPingInterval", "true", "must be a whole number"],
    ["server.folderWatchList", "assets", "must be a list of strings"],
    ["server.port", "80", `is set by the gateway: ${gatewaySettings["server.port"] ?? ""}`],
    [
      "server.trustedUserHeaders.X",
      "user",
      `is set by the gateway: ${gatewaySettings["server.trustedUserHeaders"] ?? ""}`,
    ],
  ])("is refused: %s = %j", (option, value, message) => {
    expect(faults({ [option]: value })).toEqual([`apps.sales.streamlit.${option}: ${message}`]);
  });

  it.each<[string, unknown]>([
    ["server.websocketPingInterval", "20"],
    ["server.websocketPingInterval", 20],
    ["server.websocketPingInterval", "env:PING"],
    ["server.enableStaticServing", "true"],
    ["client.showErrorDetails", "false"],
    ["theme.chartCategoricalColors", '["#000000", "#ffffff"]'],
    ["mapbox.token", "x"],
    ["theme.light.sidebar.font", "x"],
  ])("is accepted: %s = %j", (option, value) => {
    expect(faults({ [option]: value })).toEqual([]);
  });

  it("is refused by any name that is not on the list", () => {
    const known = Object.keys(list.options);
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,8}\.[a-zA-Z]{1,12}$/), (option) => {
        fc.pre(!known.includes(option));
        expect(optionComplaint(option, "x")).toMatch(
          /^Streamlit has no such option(; did you mean [\w.]+\?)?$/,
        );
      }),
    );
  });

  it("is named when one letter of it is wrong", () => {
    const known = Object.keys(list.options).filter((option) => option.length > 12);
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), (option, at) => {
        const place = option.indexOf(".") + 1 + (at % (option.length - option.indexOf(".") - 1));
        const wrong = `${option.slice(0, place)}Q${option.slice(place + 1)}`;
        fc.pre(!known.includes(wrong));
        const [, meant = ""] = /did you mean (\S+)\?$/.exec(optionComplaint(wrong, "x") ?? "") ?? [];
        // Another option may be as near, for instance theme.red70Color beside theme.red80Color.
        expect(known).toContain(meant);
        expect(Math.abs(meant.length - option.length)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("an app's own config.toml", () => {
  it("is told what Streamlit does not know, by the names that Streamlit gives it", () => {
    const file = parse(
      '[theme]\nbsae = "dark"\n[theme.sidebar]\nfont = "x"\n[theme.dark.sidebar]\nfnt = "x"\n[server]\nrunOnSave = "no"\n[custom.table]\nx = 1',
    );
    expect(ownConfigComplaints(file).map(({ option, message }) => `${option}: ${message}`)).toEqual([
      "theme.bsae: Streamlit has no such option; did you mean theme.base?",
      "theme.dark.sidebar.fnt: Streamlit has no such option; did you mean theme.dark.sidebar.font?",
      "server.runOnSave: must be true or false",
      "custom.table: Streamlit has no such option",
    ]);
  });

  it("is no fault of the spec: the file is named, and what the gateway replaces is not", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "source-"));
    try {
      fs.mkdirSync(path.join(folder, ".streamlit"));
      fs.writeFileSync(
        path.join(folder, ".streamlit/config.toml"),
        '[server]\nport = "x"\ntrustedUserHeaders = { X = "user" }\nmaxUploadSze = 5\n',
      );
      expect(sourceWarnings(checkSite(spec({}, folder), "docker"))).toEqual([
        {
          path: "apps.sales.source",
          message: `${folder}/.streamlit/config.toml: server.maxUploadSze: Streamlit has no such option; did you mean server.maxUploadSize?`,
        },
      ]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("an unknown field", () => {
  it.each<[object, string]>([
    [{ hosst: "x" }, "hosst: is no field of the spec; did you mean host?"],
    [
      { apps: { sales: { source: "x", titel: "x" } } },
      "apps.sales.titel: is no field of the spec; did you mean title?",
    ],
    [{ ports: { HTTPS: 1 } }, "ports.HTTPS: is no field of the spec; did you mean https?"],
    [{ wholly: 1 }, "wholly: is no field of the spec"],
  ])("of a spec is told the nearest: %j", (own, fault) => {
    expect(() => checkSite({ ...spec({}), ...own }, "docker")).toThrow(`\n  ${fault}`);
  });
});
