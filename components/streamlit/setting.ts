/** Streamlit's settings as a spec writes them. */
import { parse, type TomlValue } from "smol-toml";

/**
 * A setting as Streamlit's `config.toml` has it. A spec has settings as strings, since a value of a component package is
 * of one type, and each string is read as TOML.
 *
 * @param value a string that is TOML's text of a number, a boolean, an array of strings or a quoted string becomes that;
 * every other string, and what is no string (YAML writes numbers, booleans and lists as they are), stays what it is
 * @example
 * ```ts
 * streamlitSetting("50"); // 50
 * streamlitSetting("dark"); // "dark"
 * streamlitSetting("'50'"); // "50"
 * streamlitSetting('["a", "b"]'); // ["a", "b"]
 * ```
 */
export function streamlitSetting(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const setting = tomlValue(value);
  return isSetting(setting) ? setting : value;
}

/** The value whose text it is; undefined when it is that of no value, or of more than one. */
function tomlValue(text: string): TomlValue | undefined {
  try {
    const { value, ...more } = parse(`value = ${text}`);
    return Object.keys(more).length === 0 ? value : undefined;
  } catch {
    return undefined; // Most strings are no TOML.
  }
}

function isSetting(value: TomlValue | undefined): boolean {
  if (Array.isArray(value)) return value.every((entry) => typeof entry === "string");
  // TOML has infinity and nan, and no setting of Streamlit's takes them: they are words like any other.
  return typeof value === "number" ? Number.isFinite(value) : ["boolean", "string"].includes(typeof value);
}
