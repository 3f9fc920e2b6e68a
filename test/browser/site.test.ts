/** The sample site in a real browser, as a person sees it. */
import { changes } from "./changes";
import { explorer } from "./explorer";
import { frames } from "./frames";
import { live } from "./live";
import { pictures } from "./pictures";
import { signIn } from "./sign-in";
import { useStage } from "./stage";

useStage();
signIn();
explorer();
live();
frames();
// `PICTURES=docs npm run test:browser` makes those of the README anew.
if (process.env.PICTURES !== undefined) pictures(process.env.PICTURES);
changes();
