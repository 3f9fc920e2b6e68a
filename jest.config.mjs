import { availableParallelism } from "node:os";

/** @type {import("jest").Config} */
export default {
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  // Types are checked once, by `npm run lint`; the tests only strip them.
  transform: {
    "^.+\\.ts$": ["ts-jest", { tsconfig: "tsconfig.json", diagnostics: false }],
    // It has no form that Jest's require understands.
    "/node_modules/jose/.+\\.js$": [
      "ts-jest",
      { tsconfig: { allowJs: true, target: "es2022" }, diagnostics: false },
    ],
  },
  transformIgnorePatterns: ["/node_modules/(?!jose/)"],
  testEnvironment: "node",
  restoreMocks: true,
  // A generous limit, because tests pass beside load.
  testTimeout: 60_000,
  // More than there are cores, because the tests that watch nginx mostly wait.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
};
