// What makes the pages more comfortable; all of them work without it.

import { chooseTogether } from "./choosing.js";
import { offerCopying } from "./copying.js";
import { keepFresh } from "./fleet.js";
import { checkPasted } from "./pasting.js";

offerCopying(document);
for (const area of document.querySelectorAll("textarea.pasting")) checkPasted(area);
const fleet = document.getElementById("fleet");
if (fleet) {
  chooseTogether(fleet);
  keepFresh(fleet, () => chooseTogether(fleet));
}
