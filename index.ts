/**
 * Put Streamlit apps on a network safely: one spec, a component per target.
 *
 * Here is what has to do with no target. Each target has a subpath, for instance `pulumi-streamlit-site/docker`, so that a
 * program loads the SDKs of its own target only.
 *
 * @packageDocumentation
 */
export type * from "./components/spec/args";
export { defaultImages } from "./components/spec/defaults";
export { type Fault, SiteSpecError } from "./components/spec/errors";

// Being types, these load nothing. Pulumi looks for the components of a package in what its entry exports
// (@pulumi/pulumi/provider/experimental/analyzer.js follows the declarations), and would not find them below a subpath.
export type { AwsSite } from "./components/aws";
export type { DockerSite } from "./components/docker";
export type { KubernetesSite } from "./components/kubernetes";
