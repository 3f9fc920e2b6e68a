import { availableParallelism } from "node:os";

/** Packages that have no form that Jest's require understands. */
const modulesOnly = "(jose|@kubernetes/client-node|openid-client|oauth4webapi)";

/** @type {import("jest").Config} */
export default {
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  // Types are checked once, by `npm run lint`; the tests only strip them.
  transform: {
    "^.+\\.ts$": "<rootDir>/test/transform.cjs",
    [`/node_modules/${modulesOnly}/.+\\.js$`]: "<rootDir>/test/transform.cjs",
  },
  transformIgnorePatterns: [`/node_modules/(?!${modulesOnly}/)`],
  testEnvironment: "node",
  restoreMocks: true,
  // A generous limit, because tests pass beside load.
  testTimeout: 60_000,
  // More than there are cores, because the tests that watch nginx mostly wait.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
};
