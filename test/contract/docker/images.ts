/** The images of the test apps. */
import * as path from "node:path";
import { defaultImages } from "../../../components/spec/defaults";
import { prepareEngine } from "../../../offline";
import type { TestProject } from "../../leftovers";
import { appsFolder, type TestApp } from "../support/apps";
import { docker } from "./docker";

/** The image of a test app; of every project its own, so that two of them may come and go at once. */
export const testImage = (project: TestProject, app: TestApp): string => `${project}-${app}:latest`;

/** Build the image of a test app. */
export async function buildTestImage(project: TestProject, app: TestApp): Promise<void> {
  const { images = defaultImages } = await prepareEngine({
    log: () => undefined,
    officialImages: defaultImages,
  });
  const stream = await docker.buildImage(
    { context: path.join(appsFolder, app), src: ["Dockerfile", `${app}.py`] },
    { t: testImage(project, app), buildargs: { PYTHON_IMAGE: images.python } },
  );
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
