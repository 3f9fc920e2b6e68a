/** The process in the gateway that checks the passwords of `auth.basic`. */
import type { ContractTarget } from "../target";

/** The process, or those, that a running gateway's second nginx has for its work; and its master. */
export class PasswordCheck {
  constructor(private readonly target: ContractTarget) {}

  /** Send a signal to what does the work. */
  async signal(name: string): Promise<void> {
    const { code } = await this.inEach(`kill -${name} $worker`);
    expect(code).toBe(0);
  }

  /** The processor time that it has spent so far, in hundredths of a second. */
  async spent(): Promise<number> {
    const { output } = await this.inEach("cat /proc/$worker/stat");
    const fields = statOf(output);
    return Number(fields[14 - 3]) + Number(fields[15 - 3]);
  }

  /** When its master was started, in hundredths of a second since the machine was; undefined while there is none. */
  async startedAt(): Promise<number | undefined> {
    const { code, output } = await this.target.exec(
      "gateway",
      "sh",
      "-c",
      `id=$(cat ${this.idFile}) && cat /proc/$id/stat`,
    );
    return code === 0 ? Number(statOf(output)[22 - 3]) : undefined;
  }

  /** Kill its master: the whole of it is gone then. */
  async kill(): Promise<void> {
    await this.target.exec("gateway", "sh", "-c", `kill -KILL $(cat ${this.idFile})`);
  }

  private inEach(command: string): Promise<{ code: number; output: string }> {
    const workers = `grep -l "^PPid:[[:space:]]*$(cat ${this.idFile})$" /proc/[0-9]*/status 2>/dev/null`;
    return this.target.exec(
      "gateway",
      "sh",
      "-c",
      `for status in $(${workers}); do worker=\${status#/proc/}; worker=\${worker%/status}; ${command}; done`,
    );
  }

  private get idFile(): string {
    return `${this.target.gatewayFolders.scratch}/passwords.pid`;
  }
}

/** The fields of proc(5)'s `stat` from the third on, which come after the name. 14 and 15 are utime and stime. */
const statOf = (text: string): string[] => text.replace(/^.*\) /s, "").split(" ");
