/** Tools written in Python, asked from TypeScript: one process answers all the questions of a test file. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { ensurePythonTools } from "../../scripts/python";

/** A directive of an nginx configuration. */
export interface Directive {
  directive: string;
  args: string[];
  /** What is between its braces. */
  block?: Directive[];
}

/** Something that gixy has to say against a configuration. */
export interface Finding {
  plugin: string;
  severity: string;
  /** The directives that it is about. */
  directives: string[];
}

interface Answers {
  /** crossplane: the directives of an nginx configuration. */
  "parse nginx": Directive[];
  /** What nginx says against a configuration; empty if nothing. */
  "nginx -t": string;
  /** The path of the program; the text does not matter. */
  "nginx binary": string;
  gixy: Finding[];
  /** Python's HTML parser: start tags with the names of their attributes, end tags, comments, texts. */
  "parse html": string[][];
  /** The TOML parser that Streamlit uses. */
  "parse toml": Record<string, unknown>;
}

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
}

/** The running process. */
export class PythonTools {
  private readonly answers = new Map<string, Promise<unknown>>();
  private readonly waiting: Waiting[] = [];
  private readonly errors: string[] = [];

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, Readable>) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { answer, error } = JSON.parse(line) as { answer?: never; error?: string };
      const asked = this.waiting.shift();
      if (error === undefined) asked?.resolve(answer as never);
      else asked?.reject(new Error(error));
    });
    child.stderr.on("data", (text: Buffer) => this.errors.push(text.toString()));
    child.on("exit", () => {
      for (const { reject } of this.waiting) reject(new Error(`tools.py ended: ${this.errors.join("")}`));
    });
  }

  static async start(): Promise<PythonTools> {
    const bin = await ensurePythonTools(() => undefined);
    return new PythonTools(
      spawn(path.join(bin, "python3"), [path.join(__dirname, "tools.py")], {
        stdio: ["pipe", "pipe", "pipe"],
      }),
    );
  }

  /**
   * Asks once for each text: most of what a test varies does not show in most of the texts.
   *
   * @throws what the tool throws, for instance a syntax error
   */
  ask<T extends keyof Answers>(tool: T, text: string): Promise<Answers[T]> {
    const question = JSON.stringify({ tool, text });
    const known = this.answers.get(question) as Promise<Answers[T]> | undefined;
    if (known !== undefined) return known;
    const answer = new Promise<Answers[T]>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${question}\n`);
    });
    this.answers.set(question, answer);
    return answer;
  }

  stop(): void {
    this.child.stdin.end();
  }
}

/** Every directive of a configuration with the names of the blocks around it, outermost first. */
export function* everyDirective(
  block: Directive[],
  around: string[] = [],
): Generator<Directive & { around: string[] }> {
  for (const directive of block) {
    yield { ...directive, around };
    yield* everyDirective(directive.block ?? [], [...around, directive.directive]);
  }
}
