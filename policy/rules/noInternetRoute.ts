import { notAsked, resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const noInternetRoute = resourceRule({
  id: "no-internet-route",
  of: "route",
  requirements: ["R11"],
  severity: "high",
  title: "No route leads from the internet to the network.",
  protects: "With a route and one wrong rule the database is on the internet.",
  mend: "Take the route to the internet gateway away; use endpoints or a NAT for what must get out.",
  controls: [],
  settings: {
    allowed: {
      type: "boolean",
      default: false,
      description: "The stack has subnets of other things that need a way to the internet.",
    },
  },
  judge: ({ toInternet }, { allowed }) =>
    allowed
      ? notAsked("the stack has other subnets that need it")
      : mustBeFalse(toInternet, "a route leads to an internet gateway"),
});
