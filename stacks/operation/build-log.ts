/** The last lines of what a plugin says while it works on a resource: when it fails, they tell why. */

/** How many lines are kept, and how many characters of each. */
const limits = { lines: 20, characters: 300 };

/** What the official docker plugin says of each step beside its name and its output. */
const noise =
  /^(digest: sha256:[0-9a-f]+|sha256:[0-9a-f]+|\{.*\}|transferring \w+:.*|\[internal\] .*|copy \/context .*|Starting Docker build)$/;

/** The last lines of one resource. */
export class BuildLog {
  readonly #lines: string[] = [];

  /** Take in a message, which may have several lines. */
  add(message: string): void {
    for (const line of message.split(/[\r\n]+/)) {
      const text = line.trimEnd();
      if (text === "" || noise.test(text) || this.#lines.at(-1) === text) continue;
      // A step is told of when it begins and when it ends.
      if (text.startsWith("[") && this.#lines.includes(text)) continue;
      this.#lines.push(text.length > limits.characters ? `${text.slice(0, limits.characters)}…` : text);
      if (this.#lines.length > limits.lines) this.#lines.shift();
    }
  }

  /** The last line, or undefined if there is none. */
  get last(): string | undefined {
    return this.#lines.at(-1);
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }
}
