/** The `secrets.toml` that an app finds in its `.streamlit` folder. */
import { stringify, type TomlTable } from "smol-toml";
import { isKnownLater } from "../spec/known-later";

/** Secrets that are known, by their names. A dot in a name is one level. */
export interface KnownSecrets {
  [name: string]: string | number | boolean | KnownSecrets;
}

/**
 * The app's `secrets.toml`, which `st.secrets` and `st.connection` read.
 *
 * @param secrets name → value, without conflicts
 * @example
 * ```ts
 * streamlitSecrets({ "connections.warehouse.url": "sqlite://" }); // [connections.warehouse]\nurl = "sqlite://"
 * ```
 */
export function streamlitSecrets(secrets: KnownSecrets): string {
  const file = table();
  for (const { levels, value, isTable } of leaves(secrets)) {
    const tables = isTable ? levels : levels.slice(0, -1);
    const innermost = tables.reduce((outer, level) => (outer[level] ??= table()) as TomlTable, file);
    if (!isTable) innermost[levels.at(-1) ?? ""] = value as string | number | boolean;
  }
  return stringify(file);
}

/**
 * The names that cannot be together: one is a value, and another the same or below it.
 *
 * @param secrets secrets of any shape
 * @returns the name as it was written, levels joined by dots, and what is wrong with it
 */
export function secretConflicts(secrets: object): { name: string; message: string }[] {
  const values = new Set<string>();
  // Values before what may lie below them.
  const depth = ({ levels, isTable }: Leaf): number => levels.length + (isTable ? 0.5 : 0);
  return [...leaves(secrets)]
    .sort((a, b) => depth(a) - depth(b))
    .flatMap(({ levels, isTable }) => {
      const name = levels.join(".");
      const taken = levels
        .map((_, index) => levels.slice(0, index + 1))
        .find((above) => values.has(above.join(".")));
      if (!isTable) values.add(name);
      if (taken === undefined) return [];
      return [
        {
          name,
          message:
            taken.length === levels.length
              ? "is there twice: a dot in a name is a level"
              : `lies below ${taken.join(".")}, which is a value itself`,
        },
      ];
    });
}

/** A value, or a table that is empty. */
interface Leaf {
  /** The levels of its name, none of which has a dot. */
  levels: readonly string[];
  value: unknown;
  isTable: boolean;
}

function* leaves(secrets: object, at: readonly string[] = []): Generator<Leaf> {
  for (const [name, value] of Object.entries(secrets) as [string, unknown][]) {
    const levels = [...at, ...name.split(".")];
    const isTable =
      typeof value === "object" && value !== null && !Array.isArray(value) && !isKnownLater(value);
    if (isTable && Object.keys(value).length > 0) yield* leaves(value, levels);
    else yield { levels, value, isTable };
  }
}

/** No prototype: a key named __proto__ is a key like any other. */
function table(): TomlTable {
  return Object.create(null) as TomlTable;
}
