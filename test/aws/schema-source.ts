/**
 * What the generated code of `@pulumi/aws` (and of its sisters) says of resource types, as TypeScript's own parser reads it.
 *
 * It does NOT say which values AWS accepts, nor how arguments depend on each other: that stands in the provider, which is not here.
 */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import type * as ts from "typescript";

/** The type of a property, as far as it can be checked. */
export type PropertyType =
  | { kind: "string" | "number" | "boolean" | "any" }
  | { kind: "list" | "map"; of: PropertyType }
  /** `name` is the interface, with its namespace: `lb.ListenerRuleAction`. */
  | { kind: "object"; name: string };

/** A property of a resource or of an object in one. */
export interface Property {
  type: PropertyType;
  required: boolean;
}

/** Properties by name. */
export type Properties = Readonly<Record<string, Property>>;

/** A resource type. */
export interface ResourceSchema {
  /** For instance `aws:lb/targetGroup:TargetGroup`. */
  token: string;
  inputs: Properties;
  /** What the provider computes and nobody can give. */
  computed: Properties;
  /** Everything that the resource has once it is there: the inputs and what is computed. */
  outputs: Properties;
  /** Outputs that are secret by themselves. */
  secrets: readonly string[];
}

/** A function of a provider. */
export interface FunctionSchema {
  token: string;
  arguments: readonly string[];
}

const anything: PropertyType = { kind: "any" };

let loaded: typeof ts | undefined;

/** TypeScript, loaded when there is something to read: it takes longer than reading what was read before. */
function compiler(): typeof ts {
  loaded ??= createRequire(__filename)("typescript") as typeof ts;
  return loaded;
}

/** Where the generated code of a Pulumi package is. */
function packageFolder(name: string): string {
  return path.dirname(require.resolve(`@pulumi/${name}/package.json`));
}

/** The version of a Pulumi package. */
export function packageVersion(name: string): string {
  const text = fs.readFileSync(path.join(packageFolder(name), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

interface Place {
  package: string;
  /** Without its ending. */
  file: string;
  name: string;
}

/** @returns undefined if it is not of the generated kind */
function placeOf(token: string): Place | undefined {
  const [pkg = "", module = "", name = ""] = token.split(":");
  const [folder = "", file] = module.split("/");
  if (pkg === "" || file === undefined || name === "") return undefined;
  try {
    const base = packageFolder(pkg);
    return { package: pkg, file: path.join(base, folder === "index" ? "" : folder, file), name };
  } catch {
    return undefined; // No such package.
  }
}

/**
 * Read a resource type.
 *
 * @returns undefined if no generated code has it
 */
export function readResource(token: string): ResourceSchema | undefined {
  const place = placeOf(token);
  if (place === undefined || !fs.existsSync(`${place.file}.js`)) return undefined;
  const code = fs.readFileSync(`${place.file}.js`, "utf8");
  if (!code.includes(`__pulumiType = '${token}'`)) return undefined;
  const types = parse(`${place.file}.d.ts`, fs.readFileSync(`${place.file}.d.ts`, "utf8"));
  const inputs = properties(types, `${place.name}Args`);
  const outputs = properties(types, place.name);
  const computed = matches(code, /resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g);
  const [, secrets = ""] = /additionalSecretOutputs: \[([^\]]*)\]/.exec(code) ?? [];
  return {
    token,
    inputs,
    computed: Object.fromEntries(
      computed.map((name) => [name, outputs[name] ?? { type: anything, required: true }]),
    ),
    outputs,
    secrets: matches(secrets, /"(\w+)"/g),
  };
}

/**
 * A function of a provider.
 *
 * @returns undefined if no generated code has it
 */
export function functionSchema(token: string): FunctionSchema | undefined {
  const place = placeOf(token);
  if (place === undefined || !fs.existsSync(`${place.file}.js`)) return undefined;
  const code = fs.readFileSync(`${place.file}.js`, "utf8");
  const at = code.indexOf(`invoke("${token}", {`);
  if (at < 0) return undefined;
  return { token, arguments: matches(code.slice(at, code.indexOf("}", at)), /"(\w+)": args\./g) };
}

/**
 * Read the properties of an object in the arguments of a resource.
 *
 * @param pkg the Pulumi package, for instance `aws`
 * @param name the interface, with its namespace
 * @throws Error if the generated code has none of that name
 */
export function readObject(pkg: string, name: string): Properties {
  const [own = "", ...spaces] = name.split(".").reverse();
  const text = interfaceText(inputTypes(pkg), spaces.reverse(), own);
  if (text === undefined) throw new Error(`@pulumi/${pkg} has no input type ${name}`);
  return properties(parse(`${name}.d.ts`, text), own);
}

const inputFiles = new Map<string, string>();

function inputTypes(pkg: string): string {
  let text = inputFiles.get(pkg);
  if (text === undefined) {
    text = fs.readFileSync(path.join(packageFolder(pkg), "types", "input.d.ts"), "utf8");
    inputFiles.set(pkg, text);
  }
  return text;
}

/** One interface of the five megabytes, which take more than a second to parse. Their indentation is always the same. */
function interfaceText(file: string, spaces: readonly string[], name: string): string | undefined {
  let text = file;
  spaces.forEach((space, depth) => {
    const [indent, keyword] = [" ".repeat(4 * depth), depth === 0 ? "export declare namespace" : "namespace"];
    text = block(text, `${indent}${keyword} ${space} {\n`, `\n${indent}}\n`) ?? "";
  });
  const indent = " ".repeat(4 * spaces.length);
  const keyword = spaces.length === 0 ? "export interface" : "interface";
  return block(text, `${indent}${keyword} ${name} {\n`, `\n${indent}}\n`);
}

function block(text: string, head: string, end: string): string | undefined {
  const start = text.startsWith(head) ? 0 : text.indexOf(`\n${head}`);
  if (start < 0) return undefined;
  const stop = text.indexOf(end, start + head.length);
  return text.slice(start, stop + end.length);
}

function parse(file: string, text: string): ts.SourceFile {
  return compiler().createSourceFile(file, text, compiler().ScriptTarget.ES2022, false);
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = ""]) => name);
}

/** The properties of an interface or a class. */
function properties(source: ts.SourceFile, name: string): Properties {
  const found: Record<string, Property> = {};
  for (const statement of source.statements) {
    if (!compiler().isInterfaceDeclaration(statement) && !compiler().isClassDeclaration(statement)) continue;
    if (statement.name?.text !== name) continue;
    for (const member of statement.members) {
      const isProperty = compiler().isPropertySignature(member) || compiler().isPropertyDeclaration(member);
      if (!isProperty || !compiler().isIdentifier(member.name)) continue;
      const type = member.type === undefined ? anything : typeOf(member.type);
      found[member.name.text] = {
        type,
        required: member.questionToken === undefined && !mayLack(member.type),
      };
    }
  }
  return found;
}

/** Is undefined among the values, as with `Output<string | undefined>`? */
function mayLack(node: ts.TypeNode | undefined): boolean {
  if (node === undefined) return true;
  if (compiler().isUnionTypeNode(node)) return node.types.some(mayLack);
  if (compiler().isTypeReferenceNode(node) && isWrapper(node))
    return node.typeArguments?.some(mayLack) ?? false;
  return node.kind === compiler().SyntaxKind.UndefinedKeyword;
}

function isWrapper(node: ts.TypeReferenceNode): boolean {
  return ["pulumi.Input", "pulumi.Output"].includes(nameOf(node.typeName));
}

function nameOf(name: ts.EntityName): string {
  return compiler().isIdentifier(name) ? name.text : `${nameOf(name.left)}.${name.right.text}`;
}

function typeOf(node: ts.TypeNode): PropertyType {
  if (compiler().isParenthesizedTypeNode(node)) return typeOf(node.type);
  if (compiler().isArrayTypeNode(node)) return { kind: "list", of: typeOf(node.elementType) };
  if (compiler().isTypeLiteralNode(node)) {
    const [member] = node.members;
    const of =
      member !== undefined && compiler().isIndexSignatureDeclaration(member) ? typeOf(member.type) : anything;
    return { kind: "map", of };
  }
  if (compiler().isUnionTypeNode(node)) {
    const kinds = node.types
      .filter((type) => type.kind !== compiler().SyntaxKind.UndefinedKeyword)
      .map(typeOf);
    const [first = anything, ...others] = kinds;
    return others.every((other) => JSON.stringify(other) === JSON.stringify(first)) ? first : anything;
  }
  switch (node.kind) {
    case compiler().SyntaxKind.StringKeyword:
      return { kind: "string" };
    case compiler().SyntaxKind.NumberKeyword:
      return { kind: "number" };
    case compiler().SyntaxKind.BooleanKeyword:
      return { kind: "boolean" };
  }
  if (!compiler().isTypeReferenceNode(node)) return anything;
  const [argument] = node.typeArguments ?? [];
  if (isWrapper(node) && argument !== undefined) return typeOf(argument);
  const name = nameOf(node.typeName);
  if (name.startsWith("inputs.")) return { kind: "object", name: name.slice("inputs.".length) };
  // Of the enumerations, only those of strings occur among the arguments; an ARN and a region are strings.
  if (name.startsWith("enums.") || name === "ARN" || name.endsWith("Region")) return { kind: "string" };
  return anything;
}
