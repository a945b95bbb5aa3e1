import { ResourceProvider } from "../../provider/provider";
import { serve } from "../../provider/serve";
import { connectFunctions } from "./functions";
import { invocationOf } from "./invocation";

serve(
  new ResourceProvider({
    name: "alicloudfc",
    resources: { "alicloudfc:index:Invocation": invocationOf(connectFunctions) },
    importing: "an invocation is nothing that is there: leave it out of the import, and up makes it",
  }),
);
