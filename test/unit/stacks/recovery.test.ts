import { markCutOff } from "../../../stacks/recovery";
import type { State } from "../../../stacks/state";

test("what was being updated when it was cut off is updated again, whatever is to be changed", () => {
  const state: State = {
    deployment: {
      resources: [
        { type: "a", urn: "urn:1" },
        { type: "a", urn: "urn:2" },
        { type: "a", urn: "urn:3" },
      ],
      pending_operations: [
        { type: "updating", resource: { type: "a", urn: "urn:2" } },
        { type: "deleting", resource: { type: "a", urn: "urn:3" } },
      ],
    },
  };
  markCutOff(state);
  expect(state.deployment.resources?.map(({ initErrors }) => initErrors?.length)).toEqual([
    undefined,
    1,
    undefined,
  ]);
});
