import { randomBytes } from "node:crypto";

import type { Unwrap } from "@pulumi/pulumi";
import type { RandomIdArgs } from "@pulumi/random";

import type { Resource } from "../shared/resource";

type RandomIdInputs = Unwrap<RandomIdArgs>;

/** Random bytes that are no secret, in several notations. */
export const randomId: Resource<RandomIdInputs> = {
  type: "random:index/randomId:RandomId",

  create(inputs) {
    const bytes = randomBytes(inputs.byteLength);
    const { prefix = "" } = inputs;
    const hex = bytes.toString("hex");
    const id = bytes.toString("base64url");
    return Promise.resolve({
      id,
      outputs: {
        ...inputs,
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + id,
        dec: prefix + BigInt(`0x${hex}`).toString(),
        hex: prefix + hex,
      },
    });
  },
};
