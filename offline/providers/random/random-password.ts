import { randomInt } from "node:crypto";

import type { Unwrap } from "@pulumi/pulumi";
import type { RandomPasswordArgs } from "@pulumi/random";
import { hash } from "bcryptjs";

import type { Resource } from "../shared/resource";
import { containsUnknown } from "../shared/values";

type RandomPasswordInputs = Unwrap<RandomPasswordArgs>;

interface Alphabet {
  readonly characters: string;
  readonly minimum: number;
}

/** A random password. */
export const randomPassword: Resource<RandomPasswordInputs> = {
  type: "random:index/randomPassword:RandomPassword",

  check(inputs, faults) {
    if (containsUnknown(inputs)) return inputs;
    const asked = inputs as unknown as RandomPasswordInputs;
    const used = alphabets(asked);
    const needed = used.reduce((sum, { minimum }) => sum + minimum, 0);
    if (asked.length < Math.max(1, needed)) {
      faults.push({
        property: "length",
        reason: `property "length" must be at least ${Math.max(1, needed)}`,
      });
    }
    if (used.length === 0)
      faults.push({ property: "special", reason: "at least one kind of character must be allowed" });
    return inputs;
  },

  async create(inputs) {
    const result = generate(inputs);
    const numeric = isNumeric(inputs);
    return {
      id: "none",
      outputs: {
        lower: true,
        minLower: 0,
        minNumeric: 0,
        minSpecial: 0,
        minUpper: 0,
        special: true,
        upper: true,
        ...inputs,
        number: numeric,
        numeric,
        result,
        // bcrypt looks at the first 72 bytes only. 2a and 2b name the same algorithm; the official plugin writes 2a.
        bcryptHash: (await hash(result.slice(0, 72), 10)).replace(/^\$2b/, "$2a"),
      },
    };
  },
};

/** `number` is the old name of `numeric`. */
function isNumeric(inputs: RandomPasswordInputs): boolean {
  return inputs.numeric ?? inputs.number ?? true;
}

function alphabets(inputs: RandomPasswordInputs): Alphabet[] {
  const special = inputs.overrideSpecial ?? "!@#$%&*()-_=+[]{}<>:?";
  const kinds = [
    {
      allowed: inputs.lower ?? true,
      characters: "abcdefghijklmnopqrstuvwxyz",
      minimum: inputs.minLower ?? 0,
    },
    {
      allowed: inputs.upper ?? true,
      characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
      minimum: inputs.minUpper ?? 0,
    },
    { allowed: isNumeric(inputs), characters: "0123456789", minimum: inputs.minNumeric ?? 0 },
    { allowed: inputs.special ?? true, characters: special, minimum: inputs.minSpecial ?? 0 },
  ];
  return kinds.filter(({ allowed, characters }) => allowed && characters !== "");
}

function generate(inputs: RandomPasswordInputs): string {
  const used = alphabets(inputs);
  const all = used.map(({ characters }) => characters).join("");
  const chosen = used.flatMap(({ characters, minimum }) =>
    Array.from({ length: minimum }, () => pick(characters)),
  );
  while (chosen.length < inputs.length) chosen.push(pick(all));
  return shuffle(chosen).join("");
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

/** So that the guaranteed characters are not at the front. */
function shuffle(list: string[]): string[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [list[i], list[j]] = [list[j] ?? "", list[i] ?? ""];
  }
  return list;
}
