/** What goes together in an app. */
import { secretConflicts } from "../../streamlit/secrets";
import { optionComplaint } from "../../streamlit/options";
import { gatewaySettings } from "../../streamlit/streamlit";
import { streamlitSetting } from "../../streamlit/setting";
import type { Fault } from "../errors";
import { exactlyOne } from "../exactly-one";
import { inMebibytes } from "../units";
import { asObject, type UncheckedSpec } from "./unchecked";

/** Names of the site's own parts, which containers and hosts have. */
const partNames = ["gateway", "oauth2-proxy", "redis"];

/**
 * The faults between the fields of each app.
 *
 * @param spec the spec as it was written
 */
export function* appFaults({ site, apps }: UncheckedSpec): Generator<Fault> {
  if (site.apps !== undefined && apps.length === 0) yield { path: "apps", message: "needs at least one app" };
  for (const { name, app } of apps) {
    const at = `apps.${name}`;
    if (partNames.includes(name))
      yield { path: at, message: `is the name of the site's own ${name}: an app needs another` };
    yield* exactlyOne(at, app, ["source", "image"]);
    if (app.entry !== undefined && app.image !== undefined)
      yield { path: `${at}.entry`, message: "goes with source: an image brings its own command" };
    yield* sizeFaults(at, app);
    yield* settingFaults(at, app);
    for (const { name, message } of secretConflicts(asObject(app.secrets)))
      yield { path: `${at}.secrets.${name}`, message };
  }
}

function* sizeFaults(at: string, app: Record<string, unknown>): Generator<Fault> {
  const { min, max } = asObject(app.autoscaling);
  if (typeof min === "number" && typeof max === "number" && max < min)
    yield { path: `${at}.autoscaling.max`, message: `must be at least min, which is ${min}` };
  if (app.autoscaling !== undefined && app.replicas !== undefined)
    yield { path: `${at}.replicas`, message: "must not be set: autoscaling chooses the number" };
  const { memory } = asObject(app.resources);
  if (typeof memory === "string" && inMebibytes(memory) < 128)
    yield {
      path: `${at}.resources.memory`,
      message: "must be at least 128Mi: Streamlit itself needs as much",
    };
}

function* settingFaults(at: string, app: Record<string, unknown>): Generator<Fault> {
  const settings = asObject(app.streamlit);
  for (const [option, value] of Object.entries(settings)) {
    const path = `${at}.streamlit.${option}`;
    // A name below it would be a key in its table: one more trusted header, for instance.
    const taken = Object.keys(gatewaySettings).find((own) => option === own || option.startsWith(`${own}.`));
    // The size has a rule of its own below.
    const wrong =
      option === "server.maxUploadSize" ? undefined : optionComplaint(option, streamlitSetting(value));
    if (taken !== undefined) yield { path, message: `is set by the gateway: ${gatewaySettings[taken]}` };
    else if (wrong !== undefined) yield { path, message: wrong };
  }
  const size = streamlitSetting(settings["server.maxUploadSize"]);
  if (
    size !== undefined &&
    !(typeof size === "number" && Number.isInteger(size) && size >= 1 && size <= 10_000)
  )
    yield {
      path: `${at}.streamlit.server.maxUploadSize`,
      message: "must be a whole number of MB, 1–10000",
    };
  for (const variable of Object.keys(asObject(app.environment)))
    if (/^STREAMLIT_/i.test(variable))
      yield {
        path: `${at}.environment.${variable}`,
        message:
          "Streamlit's settings belong in `streamlit`, where those of the gateway cannot be overridden",
      };
}
