/**
 * Put Streamlit apps on a network safely: one spec, a component per target.
 *
 * @packageDocumentation
 */
export { DockerSite } from "./components/docker/site";
export { type Fault, SiteSpecError } from "./components/spec/errors";
export * from "./components/spec/args";
export { type App, type BasicAuth, checkSite, type Site } from "./components/spec/check";
