/** The check of an app while its image is built: it is executed nowhere, so stubs of its packages do. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exec, ExecError } from "../../../scripts/exec";
import { root } from "../../../scripts/paths";
import { ensurePythonTools } from "../../../scripts/python";

const script = fs.readFileSync(path.join(root, "components", "streamlit", "image", "check_app.py"), "utf8");
let python: string;
let folder: string;

beforeAll(async () => {
  python = path.join(await ensurePythonTools(() => undefined), "python3");
}, 600_000);
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "check-app-"))));
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Write files below a folder. */
function write(below: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(below, name)), { recursive: true });
    fs.writeFileSync(path.join(below, name), text);
  }
}

interface Installed {
  streamlit?: string | undefined;
  packages?: string[];
}

/**
 * Check an app.
 *
 * @returns what is said against it; empty if nothing
 */
async function check(
  app: string,
  { streamlit = "1.67.0", packages = [] }: Installed = {},
  entry = "streamlit_app.py",
): Promise<string> {
  const installed = path.join(folder, "site-packages");
  fs.mkdirSync(installed, { recursive: true });
  for (const name of packages) write(installed, { [`${name}/__init__.py`]: "" });
  if (streamlit !== "")
    write(installed, {
      "streamlit/__init__.py": "",
      [`streamlit-${streamlit}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: streamlit\nVersion: ${streamlit}\n`,
    });
  try {
    await exec(python, ["-c", script, entry], {
      cwd: app,
      env: { PYTHONPATH: installed, PYTHONDONTWRITEBYTECODE: "1" },
    });
    return "";
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    expect(error.exitCode).toBe(1);
    expect(error.output).not.toContain("Traceback");
    return error.output;
  }
}

/** An app made of these files. */
function app(files: Record<string, string>): string {
  const made = path.join(folder, "app");
  write(made, files);
  return made;
}

describe("an app", () => {
  it("is accepted when all that it imports is installed", async () => {
    const files = {
      "streamlit_app.py":
        "import os, json\nimport streamlit as st\nfrom data import load\nimport numpy.linalg\nfrom helpers.text import upper\nst.write(load())\n",
      "data.py": "import pandas\ndef load(): return 1\n",
      "helpers/text.py": "from . import other\n",
      "helpers/other.py": "",
    };
    expect(await check(app(files), { packages: ["pandas", "numpy"] })).toBe("");
  });

  it("is not executed", async () => {
    const files = { "streamlit_app.py": "import streamlit\nopen('executed', 'w')\nraise SystemExit(3)\n" };
    expect(await check(app(files))).toBe("");
    expect(fs.existsSync(path.join(folder, "app", "executed"))).toBe(false);
  });

  it.each([
    ["try:\n    import missing\nexcept ImportError:\n    missing = None\n"],
    ["def f():\n    import missing\n"],
    ["if False:\n    import missing\n"],
  ])("may import what is not there if it can do without: %j", async (code) => {
    expect(await check(app({ "streamlit_app.py": code }))).toBe("");
  });

  it("is refused with a syntax error in a module that it imports, by file and line", async () => {
    const said = await check(
      app({
        "streamlit_app.py": "import streamlit\nimport views.charts\n",
        "views/charts.py": "x = 1\ndef broken(:\n",
      }),
    );
    expect(said).toMatch(/views\/charts\.py, line 2: /);
  });

  it("is refused with a syntax error in a page that it names", async () => {
    const said = await check(
      app({
        "streamlit_app.py": 'import streamlit as st\nst.Page("views/a.py")\n',
        "views/a.py": "def broken(:\n",
      }),
    );
    expect(said).toMatch(/views\/a\.py, line 1: /);
  });

  it("may have files beside it that it does not use: tests, scripts, templates", async () => {
    const files = { "tests/test_app.py": "import pytest\n", "template.py": "{{ not Python }}\n" };
    expect(await check(app({ "streamlit_app.py": "import streamlit\n", ...files }))).toBe("");
  });

  it("is refused when an import is missing, and told which, where and what to do", async () => {
    const said = await check(app({ "streamlit_app.py": "import streamlit\n\nimport pandas.core as pd\n" }));
    expect(said).toMatch(/streamlit_app\.py, line 3: imports pandas, .* requirements/);
  });

  it("is refused when a page has a missing import", async () => {
    const said = await check(
      app({ "streamlit_app.py": "import streamlit\n", "pages/one.py": "from plotly import graph\n" }),
    );
    expect(said).toMatch(/pages\/one\.py, line 1: imports plotly/);
  });

  it("is told of everything at once", async () => {
    const said = await check(app({ "streamlit_app.py": "import a_missing\nimport b_missing\n" }), {
      streamlit: "1.50.0",
    });
    expect(said).toMatch(/too old[\s\S]*a_missing[\s\S]*b_missing/);
  });

  it("is refused without its script", async () => {
    expect(await check(app({ "other.py": "" }))).toContain("streamlit_app.py is not in the source folder");
  });

  it("may have its script in a folder, with its modules beside it", async () => {
    const files = { "src/main.py": "import streamlit\nimport beside\n", "src/beside.py": "" };
    expect(await check(app(files), {}, "src/main.py")).toBe("");
  });
});

describe("Streamlit", () => {
  const plain = { "streamlit_app.py": "x = 1\n" };

  it.each(["1.61.0", "1.67.0", "1.100.0", "2.0.0", "1.61.0rc1"])("may be %s", async (streamlit) => {
    expect(await check(app(plain), { streamlit })).toBe("");
  });

  it.each(["1.60.3", "1.9.0", "0.89.0"])(
    "must not be %s, which the gateway cannot tell its host name",
    async (streamlit) => {
      expect(await check(app(plain), { streamlit })).toContain(`streamlit ${streamlit} is too old`);
    },
  );

  it("must be there", async () => {
    expect(await check(app(plain), { streamlit: "" })).toContain("streamlit is not among the requirements");
  });
});

describe("the sample app", () => {
  const packages = ["altair", "numpy", "pandas", "pyarrow"];

  it.each(["explorer", "live"])("%s is accepted", async (name) => {
    expect(await check(path.join(root, "apps", name), { packages })).toBe("");
  });

  it("explorer would be refused without pandas", async () => {
    expect(await check(path.join(root, "apps", "explorer"), { packages: ["altair"] })).toContain(
      "imports pandas",
    );
  });
});
