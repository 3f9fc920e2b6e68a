import * as fs from "node:fs";
import * as path from "node:path";

interface Package {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const file = path.resolve(__dirname, "../../../package-lock.json");
const { packages } = JSON.parse(fs.readFileSync(file, "utf8")) as { packages: Record<string, Package> };

/** Where a package finds a dependency: in its own node_modules, or in one further up. */
function found(from: string, name: string): boolean {
  for (let place = from; ; place = place.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    const folder = place === "" ? "" : `${place}/`;
    if (packages[`${folder}node_modules/${name}`]) return true;
    if (place === "") return false;
  }
}

// `npm install` leaves out optional packages that it cannot find, and `npm ci` then refuses the file: a fresh clone
// would not install, while everything goes on working where it was written.
it("is complete, so that npm ci accepts it", () => {
  const missing = Object.entries(packages).flatMap(([from, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !found(from, name))
      .map((name) => `${from} needs ${name}`),
  );
  expect(missing).toEqual([]);
});
