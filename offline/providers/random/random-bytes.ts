import { randomBytes as generate } from "node:crypto";

import type { Unwrap } from "@pulumi/pulumi";
import type { RandomBytesArgs } from "@pulumi/random";

import type { Resource } from "../shared/resource";

type RandomBytesInputs = Unwrap<RandomBytesArgs>;

/** Random bytes to be kept secret. */
export const randomBytes: Resource<RandomBytesInputs> = {
  type: "random:index/randomBytes:RandomBytes",

  create(inputs) {
    const bytes = generate(inputs.length);
    return Promise.resolve({
      id: "none",
      outputs: { ...inputs, base64: bytes.toString("base64"), hex: bytes.toString("hex") },
    });
  },
};
