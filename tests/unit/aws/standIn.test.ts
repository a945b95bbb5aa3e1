import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const HARNESS = resolve(__dirname, "../../aws/harness");

/** What the stand-in answers where moto fails with these errors first; each look reads the request's body. */
const answered = (...errors: readonly string[]): string => {
  const script = `
import io, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(HARNESS)})
from wsgi import undisturbed
errors = json.loads(sys.argv[1])
def moto(environ, start_response):
    body = environ["wsgi.input"].read().decode()
    if errors:
        raise RuntimeError(errors.pop(0))
    return f"listed for {body}"
try:
    print(undisturbed(moto, {"wsgi.input": io.BytesIO(b"asked"), "CONTENT_LENGTH": "5"}, None))
except RuntimeError as error:
    print(f"failed: {error}")
`;
  return execFileSync(process.env.PYTHON ?? "python3", ["-c", script, JSON.stringify(errors)], {
    encoding: "utf8",
  }).trim();
};

it("asks moto again when another thread wrote into what it was listing, and for nothing else", () => {
  const disturbed = "dictionary changed size during iteration";
  expect(answered()).toBe("listed for asked");
  expect(answered(disturbed, disturbed)).toBe("listed for asked");
  expect(answered("out of order")).toBe("failed: out of order");
});
