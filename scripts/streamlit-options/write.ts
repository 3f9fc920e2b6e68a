/** `npm run streamlit-options`: writes the list of Streamlit's options anew, after a change of `latest.txt` or `least.txt`. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { root } from "../paths";
import { readStreamlitOptions } from "./wheels";

const file = path.join(root, "components/streamlit/options.json");

async function main(): Promise<void> {
  const found = await readStreamlitOptions((line) => process.stderr.write(`${line}\n`));
  writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
  process.stdout.write(
    `${String(Object.keys(found.options).length)} options of Streamlit ${found.versions.join(" and ")} are in components/streamlit/options.json\n`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
