// Who may import whom: `depcruise`, which `npm run lint` runs. test/unit/house-rules.test.ts shows that each rule bites.

const targets = "(docker|kubernetes|aws)";
/** An import that is left out when the program is compiled. */
const atRunTime = { dependencyTypesNot: ["type-only"] };

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Modules that need each other are one module, and load in an order that nobody chose.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "text-is-made-without-pulumi",
      comment:
        "The spec, Streamlit and the gateway are data and pure functions. Types are left out when compiled.",
      severity: "error",
      from: { path: "^components/(spec|streamlit|gateway)/" },
      to: { path: "(^|/)@pulumi/", ...atRunTime },
    },
    {
      name: "streamlit-depends-on-nothing",
      comment: "Everything may depend on what Streamlit is.",
      severity: "error",
      from: { path: "^components/streamlit/streamlit\\.ts$" },
      to: { path: "." },
    },
    {
      name: "gateway-knows-no-target",
      comment: "What differs between targets is data that the target gives to the gateway.",
      severity: "error",
      from: { path: "^components/gateway/" },
      to: { path: `^components/(${targets}|shared)/` },
    },
    {
      name: "shared-knows-no-target",
      comment: "A program would load the SDK of a target that it does not use.",
      severity: "error",
      from: { path: "^components/shared/" },
      to: { path: `^components/${targets}/|(^|/)@pulumi/${targets}(/|$)` },
    },
    {
      name: "targets-are-apart",
      comment:
        "A program would load the SDK of a target that it does not use. What two targets need goes to shared.",
      severity: "error",
      from: { path: `^(components|stacks)/${targets}/` },
      to: { path: `^(components|stacks)/${targets}/`, pathNot: "^(components|stacks)/$2/" },
    },
    {
      name: "offline-is-a-fallback",
      comment: "It is for machines that reach package registries only. The package works without it.",
      severity: "error",
      from: { pathNot: "^(offline|stacks|test)/" },
      to: { path: "^offline/" },
    },
    {
      name: "stand-ins-are-made-of",
      comment: "offline/providers/start.mjs bundles a stand-in anew when one of these files has changed.",
      severity: "error",
      from: { path: "^offline/providers/" },
      to: { path: "^(apps|components|index\\.ts|offline|stacks|test)(/|$)", pathNot: "^offline/providers/" },
    },
    {
      name: "commands-are-made-of",
      comment: "scripts/run.mjs bundles a command anew when one of these files has changed.",
      severity: "error",
      from: { path: "^(stacks|offline)/" },
      to: { path: "^(apps|index\\.ts|test)(/|$)" },
    },
    {
      name: "stand-in-of-aws-is-made-of",
      comment: "test/aws/plugin/start.mjs bundles it anew when one of these files has changed.",
      severity: "error",
      from: { path: "^test/aws/plugin/main\\.ts$" },
      to: {
        path: "^(apps|components|index\\.ts|offline|policy|scripts|stacks|test)(/|$)",
        pathNot: "^(offline/providers|scripts|test/aws)/",
        reachable: true,
      },
    },
    {
      name: "components-stand-alone",
      comment: "They are what is published.",
      severity: "error",
      from: { path: "^(components/|index\\.ts$)" },
      to: { path: "^(stacks|offline|scripts|test)/" },
    },
    {
      name: "contract-knows-no-target",
      comment: "The same contract is held on every target; only what brings a site up there differs.",
      severity: "error",
      from: { path: "^test/contract/(gateway/|sign-ins/|support/|target\\.ts$)" },
      to: {
        path: `^test/contract/${targets}/|(^|/)dockerode(/|$)|^test/(oidc/docker|site|leftovers)\\.ts$`,
      },
    },
    {
      name: "package-root-loads-no-target",
      comment: "Each target has a subpath of its own.",
      severity: "error",
      from: { path: "^index\\.ts$" },
      to: { path: `^components/${targets}/`, ...atRunTime },
    },
  ],
  options: {
    doNotFollow: { path: "(^|/)node_modules/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
