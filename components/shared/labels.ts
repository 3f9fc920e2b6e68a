import * as pulumi from "@pulumi/pulumi";

/** Labels by which the parts of a site are found among everything else. */
export type Labels = Record<string, string>;

/**
 * The labels of everything that belongs to a site: its Pulumi project and stack, and its name in the stack.
 *
 * @param name the name of the site's component
 */
export function siteLabels(name: string): Labels {
  return {
    "streamlit.project": pulumi.getProject(),
    "streamlit.stack": pulumi.getStack(),
    "streamlit.site": name,
  };
}
