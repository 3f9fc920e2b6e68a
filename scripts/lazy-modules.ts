/**
 * Puts off the loading of modules until something of them is used. To be imported first.
 *
 * Pulumi's SDK loads the TypeScript compiler and npm's own dependency resolver, to serialize functions of a program, which
 * none here does. They are half of what the start of a command, and of each stand-in, costs.
 */
import Module from "node:module";

const putOff = new Set(["typescript", "@npmcli/arborist"]);

type Load = (this: unknown, id: string, ...rest: unknown[]) => unknown;

const loader = Module as unknown as { _load: Load };
const load = loader._load;

loader._load = function (id, ...rest) {
  if (!putOff.has(id)) return load.call(this, id, ...rest);
  let module: Record<PropertyKey, unknown> | undefined;
  const real = (): Record<PropertyKey, unknown> =>
    (module ??= load.call(this, id, ...rest) as Record<PropertyKey, unknown>);
  return new Proxy(
    {},
    {
      // Compiled imports copy everything of a module that does not say this of itself.
      get: (_target, key) => (key === "__esModule" ? true : key === "default" ? real() : real()[key]),
      has: (_target, key) => key in real(),
      ownKeys: () => Reflect.ownKeys(real()),
      // A loader looks for marks of its own on each module. Who asks for all of it has asked for its keys before.
      getOwnPropertyDescriptor: (_target, key) => {
        const descriptor = module && Object.getOwnPropertyDescriptor(module, key);
        return descriptor && { ...descriptor, configurable: true };
      },
    },
  );
};
