/** Which options Streamlit has. */
import type { TomlTable, TomlValue } from "smol-toml";
import { didYouMean } from "../spec/nearest";
// Written by `npm run streamlit-options` from Streamlit's wheels; test/unit/streamlit/options.test.ts holds it against them.
import list from "./options.json";

/** The type of every option of the versions in {@link streamlitVersionsRead}, by its dotted name, hidden ones included. */
const types = new Map<string, string>(Object.entries(list.options));

/** The versions of Streamlit whose options are known: the least that a site may have, and the newest that was looked at. */
export const streamlitVersionsRead: readonly string[] = list.versions;

/** `str` is what Streamlit says of an option for which it says nothing: the value may be a list all the same. */
const ofType: Readonly<Record<string, { message: string; test: (value: unknown) => boolean }>> = {
  bool: { message: "must be true or false", test: (value) => typeof value === "boolean" },
  int: {
    message: "must be a whole number",
    test: (value) => Number.isInteger(Number(value)) && isNumber(value),
  },
  float: { message: "must be a number", test: isNumber },
  list: { message: "must be a list of strings", test: (value) => Array.isArray(value) },
};

function isNumber(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint";
}

/**
 * What is wrong with an option of Streamlit's.
 *
 * @param option its dotted name
 * @param value its value as `config.toml` has it
 * @returns undefined when Streamlit has the option and takes the value, as far as it says which it takes
 * @example
 * ```ts
 * optionComplaint("server.maxUploadSze", 50); // "Streamlit has no such option; did you mean server.maxUploadSize?"
 * ```
 */
export function optionComplaint(option: string, value: unknown): string | undefined {
  const type = types.get(option);
  if (type === undefined) return `Streamlit has no such option${didYouMean(option, [...types.keys()])}`;
  // Streamlit takes the value of the environment variable instead.
  if (typeof value === "string" && value.startsWith("env:")) return undefined;
  const expected = ofType[type];
  return expected === undefined || expected.test(value) ? undefined : expected.message;
}

/**
 * What is wrong with a `config.toml` that came with an app. Streamlit itself logs and passes over what it does not know.
 *
 * @param file the file as TOML has it
 * @returns for each option that is wrong its name and what is wrong with it
 */
export function ownConfigComplaints(file: TomlTable): { option: string; message: string }[] {
  return Object.entries(file).flatMap(([section, value]) =>
    optionsBelow(section, value).flatMap(([option, setting]) => {
      const message = optionComplaint(option, setting);
      return message === undefined ? [] : [{ option, message }];
    }),
  );
}

/** The options of a section, by the names that Streamlit gives them (`_update_config_with_toml`): themes nest, others do not. */
function optionsBelow(section: string, value: TomlValue): [string, TomlValue][] {
  if (typeof value !== "object" || Array.isArray(value) || value instanceof Date) return [[section, value]];
  return Object.entries(value).flatMap(([name, inner]): [string, TomlValue][] =>
    section.startsWith("theme") && ["sidebar", "light", "dark"].includes(name)
      ? optionsBelow(`${section}.${name}`, inner)
      : [[`${section}.${name}`, inner]],
  );
}
