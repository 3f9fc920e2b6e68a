/** How the image of an app is built from its source. */
import * as fs from "node:fs";
import * as path from "node:path";
import { hasOwnDockerfile } from "../streamlit/source";

/** Where the recipe of an app's image is. */
const recipeFolder = path.join(__dirname, "..", "streamlit", "image");

/** The version of uv that installs an app's requirements. */
const uvVersion = "0.13.9";

/** A build by Docker, as the provider takes it. */
export interface AppBuild {
  /** The folder that is sent. */
  context: string;
  dockerfile: string;
  /** The build's arguments. */
  args?: Record<string, string>;
}

/**
 * The build of an app's image.
 *
 * @param pythonImage what it is based on
 * @param folder the app's source
 * @param entry its script, relative to that
 */
export function appBuild(pythonImage: string, folder: string, entry: string): AppBuild {
  if (hasOwnDockerfile(folder)) return { context: folder, dockerfile: path.join(folder, "Dockerfile") };
  return {
    context: folder,
    dockerfile: packageFile("app.Dockerfile"),
    args: {
      PYTHON_IMAGE: pythonImage,
      UV_VERSION: uvVersion,
      ENTRY: entry,
      CHECK_APP: fs.readFileSync(path.join(recipeFolder, "check_app.py"), "utf8"),
    },
  };
}

/** A file of this package as the provider wants it: relative to the program's working directory, so that the state of a stack is the same wherever it is checked out. */
function packageFile(file: string): string {
  return path.relative(process.cwd(), path.join(recipeFolder, file));
}
