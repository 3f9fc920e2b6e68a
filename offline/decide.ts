/** Whether a part of the engine is the official article, or made from package registries. */
export type Kind = "official" | "offline";

/** `auto` takes the official article where it can be had; the others insist. */
export type Mode = "auto" | Kind;

/** One part of the engine and the two ways to get it. */
export interface Part<T> {
  /** Its name, in messages and in the memory. */
  name: string;
  /** What the part depends on, such as versions: when it changes, what is remembered no longer counts. */
  key: string;
  /** Finds or fetches the official article. Throws, and soon, if it cannot be had. */
  official: () => Promise<T>;
  /** Makes a replacement from package registries. */
  offline: () => Promise<T>;
  /** Whether what was chosen some time ago is still in place. Quick. */
  stillThere: (value: T, kind: Kind) => boolean | Promise<boolean>;
}

/** What was chosen for a part. */
export interface Choice<T = unknown> {
  kind: Kind;
  value: T;
  /** Why it is not the official article. */
  because?: string;
  /** See {@link Part.key}. */
  key: string;
  /** When it was chosen, in milliseconds since 1970. */
  at: number;
}

/** The choices of earlier runs, by the parts' names. */
export type Memory = Record<string, Choice>;

/** How long a machine counts as one that cannot have the official article before that is tried again. */
export const retryAfter = 24 * 3600 * 1000;

/**
 * Chooses how to get one part of the engine: as remembered, or the official article, or made from packages.
 *
 * @param memory read, and updated with the choice
 * @param now the time, in milliseconds since 1970
 * @throws Error if the part can be had in no permitted way; the message has the reasons
 */
export async function choose<T>(
  part: Part<T>,
  mode: Mode,
  memory: Memory,
  now = Date.now(),
): Promise<Choice<T>> {
  const remembered = memory[part.name] as Choice<T> | undefined;
  if (remembered !== undefined && counts(remembered, part.key, mode, now)) {
    if (await part.stillThere(remembered.value, remembered.kind)) return remembered;
  }
  const choice = { ...(await find(part, mode)), key: part.key, at: now };
  memory[part.name] = choice;
  return choice;
}

function counts(choice: Choice, key: string, mode: Mode, now: number): boolean {
  if (choice.key !== key) return false;
  if (mode !== "auto") return choice.kind === mode;
  return choice.kind === "official" || (now >= choice.at && now - choice.at < retryAfter);
}

async function find<T>(part: Part<T>, mode: Mode): Promise<Pick<Choice<T>, "kind" | "value" | "because">> {
  if (mode === "offline") return { kind: "offline", value: await part.offline(), because: "asked for" };
  let refusal: unknown;
  try {
    return { kind: "official", value: await part.official() };
  } catch (error) {
    refusal = error;
  }
  const because = message(refusal);
  if (mode === "official") {
    throw new Error(`the official ${part.name} cannot be had: ${because}`, { cause: refusal });
  }
  try {
    return { kind: "offline", value: await part.offline(), because };
  } catch (error) {
    throw new Error(
      `the ${part.name} cannot be had.\nThe official one: ${because}\nMade from packages: ${message(error)}`,
      { cause: error },
    );
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
