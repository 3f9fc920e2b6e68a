/** A real nginx in a folder of its own, for tests of what it makes of requests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NamedFile } from "../../../components/gateway/files";
import { PythonTools } from "../python-tools";

/** One process with one configuration; its servers listen on unix sockets in {@link folder}. */
export class TestNginx {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "nginx-"));
  private process: ChildProcess | undefined;

  /** Put a file into the folder, for instance a script that the configuration imports. */
  write({ name, text }: Pick<NamedFile, "name" | "text">): void {
    fs.writeFileSync(path.join(this.folder, name), text);
  }

  /**
   * Start it.
   *
   * @param http what is in the `http` block, but for the folders of temporary files
   * @param errors how bad something must be to be printed. @default "error"
   */
  async start(http: string, errors: "error" | "crit" = "error"): Promise<void> {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `${kind}_temp_path ${this.folder}/${kind};`)
      .join("\n");
    this.write({
      name: "nginx.conf",
      text: `daemon off;
master_process off;
pid ${this.folder}/nginx.pid;
error_log stderr ${errors};
events {}
http {
access_log off;
${temporary}
${http}
}
`,
    });
    const tools = await PythonTools.start();
    const binary = await tools.ask("nginx binary", "");
    tools.stop();
    const nginx = spawn(binary, ["-e", "stderr", "-c", path.join(this.folder, "nginx.conf")], {
      stdio: "inherit",
    });
    this.process = nginx;
    while (!fs.existsSync(path.join(this.folder, "nginx.pid"))) {
      if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
      await delay(20);
    }
  }

  /** End it and remove the folder. */
  async stop(): Promise<void> {
    if (this.process?.exitCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill();
      await ended;
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
