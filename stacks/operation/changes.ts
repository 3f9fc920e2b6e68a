/** What an operation changes, in words: a line for each part of the site. */
import type { Part } from "../target";

/** What becomes of a piece. */
type Change = "create" | "update" | "replace" | "remove";

/** The engine's words for steps. What is read, imported or stays is no change. */
const changes: Record<string, Change> = {
  create: "create",
  update: "update",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  delete: "remove",
};

const past: Record<Change, string> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  remove: "removed",
};

/** How a step of the engine changes a piece: `created` and so on, or undefined if it does not. */
export function changed(op: string): string | undefined {
  const change = changes[op];
  return change && past[change];
}

/** Collects what changes. */
export class Changes {
  readonly #pieces = new Map<string, { part: Part; change: Change }>();
  #unchanged = 0;

  /** Take in a step of the engine. */
  add(urn: string, op: string, part: Part): void {
    const change = changes[op];
    if (op === "same") this.#unchanged += 1;
    if (change === undefined) return;
    // A replacement is several steps.
    if (this.#pieces.get(urn)?.change !== "replace") this.#pieces.set(urn, { part, change });
  }

  /**
   * A line for each part that changes, in the order in which the parts came up. A part that is made or goes as a whole
   * needs no list of its pieces.
   *
   * @param tense `past` for what was done, `future` for what would be
   */
  lines(tense: "past" | "future"): string[] {
    const word = (change: Change): string => (tense === "past" ? past[change] : `to ${change}`);
    const parts = new Map<string, Map<Change, Set<string>>>();
    for (const { part, change } of this.#pieces.values()) {
      const byChange = parts.get(part.name) ?? new Map<Change, Set<string>>();
      parts.set(part.name, byChange.set(change, (byChange.get(change) ?? new Set()).add(part.piece)));
    }
    return [...parts].map(([name, byChange]) => {
      const [[only] = []] = byChange;
      if (byChange.size === 1 && (only === "create" || only === "remove")) return `${name}: ${word(only)}`;
      const words = [...byChange].map(
        ([change, pieces]) => `${[...pieces].sort().join(", ")} ${word(change)}`,
      );
      return `${name}: ${words.join("; ")}`;
    });
  }

  /**
   * How many resources each change is about, as the engine has it at the end of an operation.
   *
   * @param tense as for {@link lines}
   */
  summary(tense: "past" | "future"): string {
    const counts = new Map<Change, number>();
    for (const { change } of this.#pieces.values()) counts.set(change, (counts.get(change) ?? 0) + 1);
    const lines = [...counts].map(
      ([change, count]) => `    ${count} ${tense === "past" ? past[change] : `to ${change}`}`,
    );
    if (this.#unchanged > 0) lines.push(`    ${this.#unchanged} unchanged`);
    return ["Resources:", ...lines].join("\n");
  }
}
