/** Turns packages that are ECMAScript modules only into what Jest's require understands; ts-jest takes ten times as long. */
const { transformSync } = require("esbuild");

module.exports = {
  process: (source, filename) => {
    const { code, map } = transformSync(source, {
      format: "cjs",
      target: "node20",
      sourcefile: filename,
      sourcemap: true,
    });
    return { code, map };
  },
};
