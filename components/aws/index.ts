/**
 * Sites of Streamlit apps on AWS: `pulumi-streamlit-site/aws`.
 *
 * @packageDocumentation
 */
export type { SiteArgs } from "../spec/args";
export { AwsSite } from "./site";
