/** CloudFormation's schemas of resource types, which cfn-lint brings along. */
import * as fs from "node:fs";
import * as path from "node:path";

/** A JSON schema, as far as it is read here. */
export interface JsonSchema {
  type?: string | string[];
  $ref?: string;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  enum?: unknown[];
}

/** The schema of a resource type. */
export interface TypeSchema extends JsonSchema {
  definitions?: Record<string, JsonSchema>;
  /** JSON pointers: `/properties/Name`. */
  createOnlyProperties?: string[];
  readOnlyProperties?: string[];
}

/** See the module. */
export class TypeSchemas {
  private readonly known = new Map<string, TypeSchema>();
  private readonly folder: string;
  private readonly files: Record<string, string>;

  /**
   * @param bin the folder of the executables of cfn-lint's environment
   */
  constructor(bin: string, region = "us-east-1") {
    const lib = path.join(bin, "..", "lib");
    const python = fs.readdirSync(lib).find((name) => name.startsWith("python3"));
    if (python === undefined) throw new Error(`there is no Python in ${lib}`);
    this.folder = path.join(lib, python, "site-packages", "cfnlint", "data", "schemas");
    const list = fs.readFileSync(path.join(this.folder, "providers", `${region}.json`), "utf8");
    this.files = JSON.parse(list) as Record<string, string>;
  }

  /** @throws Error if CloudFormation has no such type in the region */
  get(type: string): TypeSchema {
    const known = this.known.get(type);
    if (known !== undefined) return known;
    const file = this.files[type];
    if (file === undefined) throw new Error(`CloudFormation has no resource type ${type}`);
    const text = fs.readFileSync(path.join(this.folder, "resources", `${file}.json`), "utf8");
    const schema = JSON.parse(text) as TypeSchema;
    this.known.set(type, schema);
    return schema;
  }
}

/** What a reference in a schema stands for. */
export function resolved(root: TypeSchema, schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace("#/definitions/", "");
  const found = name === undefined ? undefined : root.definitions?.[name];
  return found === undefined ? schema : resolved(root, found);
}

/** Of which JSON types a value may be. */
export function typesOf(root: TypeSchema, schema: JsonSchema): string[] {
  const { type, oneOf = [], anyOf = [], properties } = resolved(root, schema);
  if (type !== undefined) return Array.isArray(type) ? type : [type];
  if (properties !== undefined) return ["object"];
  return [...oneOf, ...anyOf].flatMap((one) => typesOf(root, one));
}
