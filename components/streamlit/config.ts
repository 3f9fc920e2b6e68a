/** The `config.toml` that an app finds in its `.streamlit` folder. */
import { parse, stringify, type TomlTable, type TomlValue } from "smol-toml";
import type { App, Site } from "../spec/site";
import { gatewaySettings, identityHeaders, streamlitPort } from "./streamlit";

/** Settings that differ from Streamlit's defaults and that an app may change. */
const defaults: TomlTable = {
  // Sources do not change in a container.
  server: { fileWatcherType: "none" },
  // A stack trace is for the log, not for every visitor.
  client: { showErrorDetails: "type" },
};

/**
 * The app's `config.toml`: its own file, under the spec's `streamlit` settings, under what the gateway needs.
 *
 * @param site a checked spec
 * @param app one of its apps
 * @param own the text of the `.streamlit/config.toml` that came with the app's source, if any
 * @param trusted the headers that tell who is signed in, and the keys under which `st.user` has them
 * @throws when `own` is no TOML
 * @see `streamlit/config.py` 1.67 for the options; `server.allowedHosts` needs Streamlit 1.61
 */
export function streamlitConfig(
  site: Pick<Site, "ports">,
  app: App,
  own = "",
  trusted: Readonly<Record<string, string>> = identityHeaders,
): string {
  const required: TomlTable = {
    server: {
      address: "0.0.0.0",
      port: streamlitPort,
      headless: true,
      baseUrlPath: app.path.slice(1),
      allowedHosts: [app.host],
      corsAllowedOrigins: [app.origin],
      enableCORS: true,
      enableXsrfProtection: true,
      maxUploadSize: app.maxUploadSize,
      trustedUserHeaders: { ...trusted },
      scriptHealthCheckEnabled: false,
    },
    browser: { serverAddress: app.host, serverPort: site.ports.https, gatherUsageStats: false },
    // Without it, whoever frames the app from Streamlit's own cloud may control it.
    client: { allowedOrigins: [app.origin] },
    global: { developmentMode: false, e2eTest: false },
  };
  const settings = [defaults, parse(own), nested(app.streamlit)].reduce(merge, {});
  return stringify(merge(withoutGatewaySettings(settings), required));
}

/** `{ "theme.base": "dark" }` → `{ theme: { base: "dark" } }` */
function nested(settings: App["streamlit"]): TomlTable {
  return Object.entries(settings)
    .map(([option, value]) =>
      option.split(".").reduceRight<TomlValue>((inner, key) => ({ [key]: inner }), value as TomlValue),
    )
    .reduce<TomlTable>((all, one) => merge(all, one as TomlTable), {});
}

function withoutGatewaySettings(settings: TomlTable): TomlTable {
  const left = ([section, options]: [string, TomlValue]): [string, TomlValue] => [
    section,
    isTable(options)
      ? Object.fromEntries(
          Object.entries(options).filter(([key]) => gatewaySettings[`${section}.${key}`] === undefined),
        )
      : options,
  ];
  return Object.fromEntries(Object.entries(settings).map(left));
}

function merge(under: TomlTable, over: TomlTable): TomlTable {
  // No prototype: a key named __proto__ is a key like any other.
  const merged = Object.assign(Object.create(null) as TomlTable, under);
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTable(below) && isTable(value) ? merge(below, value) : value;
  }
  return merged;
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}
