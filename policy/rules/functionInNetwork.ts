import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const functionInNetwork = resourceRule({
  id: "function-in-network",
  of: "function",
  requirements: ["R11"],
  severity: "medium",
  title: "Functions run inside the network, and reach nothing outside it.",
  protects: "A function that was broken into sends rows and passwords wherever it likes.",
  mend: "Set vpcConfig; internetAccess to false (Alibaba Cloud).",
  controls: [],
  settings: {},
  judge: ({ inNetwork }) => mustBeTrue(inNetwork, "the function reaches the internet past the network"),
});
