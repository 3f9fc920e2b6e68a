/**
 * Put Streamlit apps on a network safely: one spec, a component per target.
 *
 * @packageDocumentation
 */
export { DockerSite } from "./components/docker/site";
export { type Fault, SiteSpecError } from "./components/spec/errors";
export type * from "./components/spec/args";
export type { Target } from "./components/spec/capabilities";
export { checkSite } from "./components/spec/check";
export { defaultImages } from "./components/spec/defaults";
export type { App, Auth, BasicAuth, Oidc, Sessions, Site, StreamlitSetting } from "./components/spec/site";
